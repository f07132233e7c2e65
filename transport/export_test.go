package transport

// The tests look at what a configuration is turned into, since neither a default port nor Go's own minimal version can
// be told from ours on a connection.
var (
	CloneTLS      = cloneTLS
	ListenAddress = listenAddress
)

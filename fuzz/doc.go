// Package fuzz holds the black-box fuzz targets of the library and their corpora. It uses the exported API only and
// exports nothing. CONTRIBUTING.md tells how to run the targets.
package fuzz

package esme

import (
	"cmp"

	"github.com/smpp-go/smpp/pdu/multipart"
	"github.com/smpp-go/smpp/pdu/profile"
)

// resolve puts the habits of the profile, and the defaults, where the configuration leaves it to them.
func (cfg *Config) resolve() {
	if cfg.Profile == nil {
		cfg.Profile = new(profile.Profile)
	}
	if cfg.Refs == nil {
		cfg.Refs = new(multipart.Refs)
	}
	s, p, codec := &cfg.Session, cfg.Profile, cfg.Profile.Codec()
	s.Version = cmp.Or(s.Version, codec.Version)
	s.Strict = s.Strict || codec.Strict
	s.Limits.MaxSystemID = cmp.Or(s.Limits.MaxSystemID, codec.Limits.MaxSystemID)
	s.Limits.MaxPassword = cmp.Or(s.Limits.MaxPassword, codec.Limits.MaxPassword)
	s.Window = cmp.Or(s.Window, p.Limits.Window)
	s.SessionInitTimeout = cmp.Or(s.SessionInitTimeout, p.Timers.SessionInit)
	s.EnquireLinkInterval = cmp.Or(s.EnquireLinkInterval, p.Timers.EnquireLink)
	s.EnquireLinkTimeout = cmp.Or(s.EnquireLinkTimeout, p.Timers.EnquireLinkResponse)
	s.InactivityTimeout = cmp.Or(s.InactivityTimeout, p.Timers.Inactivity)
	s.ResponseTimeout = cmp.Or(s.ResponseTimeout, p.Timers.Response)
}

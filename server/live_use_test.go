package server

// Waiting are the bytes that clients who watch have not taken.
func (s *Server) Waiting() int64 { return s.waiting.Load() }

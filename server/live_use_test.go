package server

// Waiting are the bytes that clients who watch have not taken.
func (s *Server) Waiting() int64 { return s.waiting.Load() }

// Crowd leaves each client no more than its own share, as if much waited for others.
func (s *Server) Crowd() { s.waiting.Add(bytesOfAll) }

// Held are the bytes of answers that wait for room.
func (s *Server) Held() int64 { return s.live.held.bytes.Load() }

// Package config is the environment as one typed struct. It is the only reader of the environment
// in the program, and it reads it once.
//
// All problems are told at once, each with the name of its variable and the cure. A secret can
// come from a file (X_FILE beside X) and never prints itself.
package config

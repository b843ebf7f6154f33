package api

// What tests of the parsers need to see.
var (
	RepertoireCursor = repertoireCursor
	Identify         = identify
)

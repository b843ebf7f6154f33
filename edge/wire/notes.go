package wire

// Texts of Note records that a hub makes incidents of; any other is for whoever reads the journal.
const (
	NoteTamper     = "the housing is open"
	NoteTamperOver = "the housing is closed again"
	NoteFire       = "the fire alarm has come"
	NoteFireOver   = "the fire alarm is over"
	NoteForced     = "somebody passed without an admission"
)

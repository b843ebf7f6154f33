package api

// What tests of the parsers need to see.
var (
	RepertoireCursor = repertoireCursor
	Identify         = identify
)

// Unlogged are the operations that change something and are not written to the audit log, with where they are.
func Unlogged() map[string]string {
	s := &server{}
	s.mount(newEngine())
	out := map[string]string{}
	for _, o := range s.ops {
		if o.method != "GET" && !o.logs() {
			out[o.id] = o.books
		}
	}
	return out
}

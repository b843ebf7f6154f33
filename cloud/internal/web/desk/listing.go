package desk

import (
	"fmt"
	"net/http"

	"portaria/cloud/internal/web/desk/table"
)

// List shows one page of a list on the page that asks for it; or, when the address asks for a file, answers with the
// file and says that nothing is left to show. empty is what the list says where nothing was ever made.
func List[R any](v *Visit, spec table.Spec[R], empty Empty) (shown table.View, answered bool, err error) {
	spec.Page = v.Request.URL.Path
	asked := v.Request.URL.Query()
	if f := table.Asked(asked); f != "" {
		return table.View{}, true, export(v, spec, f)
	}
	if shown, err = spec.View(v.Ctx(), v.L, asked); err != nil {
		return shown, false, err
	}
	saved, err := v.Views()
	if err != nil {
		return shown, false, err
	}
	for _, s := range saved {
		shown.Saved = append(shown.Saved, table.Saved{ID: s.ID.String(), Name: s.Name, Query: s.Query, Here: s.Query == shown.Query})
	}
	shown.Empty = table.Nothing(empty)
	return shown, false, nil
}

// export streams a file. Once it has begun a failure can only break it off, so that nobody takes a part for the whole.
func export[R any](v *Visit, spec table.Spec[R], f table.File) error {
	_ = http.NewResponseController(v.Writer).SetWriteDeadline(v.Now.Add(exportLimit)) // some writers have none
	v.Header("Content-Type", f.Type())
	v.Header("Content-Disposition", fmt.Sprintf("attachment; filename=%q", spec.Name(f, v.Now)))
	if err := spec.Write(v.Ctx(), v.L, v.Request.URL.Query(), f, v.Writer); err != nil {
		if v.Writer.Written() {
			v.desk.Log.Error("desk: export", "path", v.FullPath(), "error", err)
			panic(http.ErrAbortHandler)
		}
		v.Header("Content-Disposition", "")
		return err
	}
	return nil
}

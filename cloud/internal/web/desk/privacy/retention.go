package privacy

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"portaria/cloud/internal/account/person"
	"portaria/cloud/internal/jobs"
	"portaria/cloud/internal/privacy"
	"portaria/cloud/internal/web/desk"
)

type retentionPage struct {
	base
	Form     *desk.Form
	Piles    []pile
	Last     *lastRun // nil = never
	Next     string
	Progress desk.Progress
	Busy     bool
}

type pile struct {
	Name, Days, Count string
	Some              bool
}

type lastRun struct {
	When, By string
	State    desk.Pill
	Removed  []pile
}

func retentionForm(v *desk.Visit, rules []privacy.Chosen) *desk.Form {
	var fields []desk.Field
	for _, r := range rules {
		fields = append(fields, desk.Field{Name: r.ID, Label: "privacy.rule." + r.ID, Hint: "privacy.rule_hint." + r.ID, Type: "number", Mode: "numeric",
			Value: strconv.Itoa(r.Days), Needed: true, Max: 5})
	}
	return v.Form(fields...)
}

func (s *section) showRetention(v *desk.Visit) error {
	rules, err := s.Privacy.Retention(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	return s.retention(v, http.StatusOK, retentionForm(v, rules))
}

func (s *section) retention(v *desk.Visit, status int, f *desk.Form) error {
	p := &retentionPage{base: begin(v), Form: f, Next: clock(v, privacy.NextNight(v.Now))}
	piles, err := s.Privacy.PlanClearing(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	for _, x := range piles {
		p.Piles = append(p.Piles, pile{v.Text("privacy.rule." + x.ID), v.L.Plural("privacy.days", x.Days), v.L.Number(x.Count), x.Count > 0})
	}
	runs, err := s.Jobs.List(v.Ctx(), v.Organizer(), privacy.JobClear, 1)
	if err != nil {
		return err
	}
	if len(runs) > 0 {
		if p.Last, err = last(v, runs[0]); err != nil {
			return err
		}
		p.Busy, p.Progress = !runs[0].State.Over(), bar(v, runs[0], keeping+"/progress")
	}
	return v.ShowAs(status, "retention", v.Text("privacy.retention.title"), p)
}

// clock is a time as the page tells it. The night is the same for everybody, so it is told in one zone.
func clock(v *desk.Visit, t time.Time) string {
	return v.L.ShortDate(t.UTC()) + " " + v.L.Clock(t.UTC()) + " UTC"
}

func last(v *desk.Visit, j jobs.Job) (*lastRun, error) {
	r := &lastRun{When: clock(v, j.Made), By: v.Text("privacy.by_itself"), State: pillOf(v, j.State)}
	if j.By != "portaria" {
		r.By = v.Text("privacy.by_hand")
	}
	var removed map[string]int64
	if err := json.Unmarshal(j.Result, &removed); err != nil {
		return nil, err
	}
	for _, x := range privacy.Rules() {
		if n := removed[x.ID]; n > 0 {
			r.Removed = append(r.Removed, pile{Name: v.Text("privacy.rule." + x.ID), Count: v.L.Number(n)})
		}
	}
	return r, nil
}

func pillOf(v *desk.Visit, s jobs.State) desk.Pill {
	kinds := map[jobs.State]string{jobs.Done: "ok", jobs.Failed: "bad", jobs.Working: "warn"}
	return desk.Pill{Kind: kinds[s], Text: v.Text("privacy.job." + string(s))}
}

// bar shows how far a job is.
func bar(v *desk.Visit, j jobs.Job, href string) desk.Progress {
	p := desk.Progress{Title: v.Text("privacy.doing." + j.Kind), Done: j.Done, Total: j.Total, Over: j.State.Over(), Href: href, L: v.L,
		Text: v.Text("privacy.job." + string(j.State))}
	if p.Over {
		p.Done, p.Total = 1, 1
	}
	return p
}

func (s *section) saveRetention(v *desk.Visit) error {
	rules, err := s.Privacy.Retention(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	f := retentionForm(v, rules)
	if err := v.Read(f); err != nil {
		return err
	}
	days, note := map[string]int{}, ""
	for _, r := range rules {
		n, err := strconv.Atoi(f.Value(r.ID))
		if err != nil || n < r.Least || n > r.Most {
			f.Fault(r.ID, "privacy.retention.between", "Least", r.Least, "Most", r.Most)
			continue
		}
		days[r.ID] = n
		if n != r.Days {
			note += r.ID + " " + strconv.Itoa(r.Days) + " → " + strconv.Itoa(n) + "; "
		}
	}
	if !f.Good() {
		return s.retention(v, http.StatusUnprocessableEntity, f)
	}
	if err := s.Privacy.SetRetention(v.Ctx(), v.Organizer(), days); err != nil {
		return err
	}
	if note != "" {
		if err := v.Note(v.Ctx(), "privacy.retention", v.Organizer().String(), note); err != nil {
			return err
		}
	}
	return v.Go(keeping, desk.Flash{Text: v.Text("privacy.retention.saved")})
}

func (s *section) clearNow(v *desk.Visit) error {
	j, err := s.Privacy.ClearNow(v.Ctx(), v.Organizer(), person.By(v.Person.ID))
	if err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "privacy.cleared", j.ID.String(), ""); err != nil {
		return err
	}
	return v.Go(keeping, desk.Flash{Text: v.Text("privacy.retention.runs")})
}

func (s *section) clearProgress(v *desk.Visit) error {
	runs, err := s.Jobs.List(v.Ctx(), v.Organizer(), privacy.JobClear, 1)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return desk.ErrNotFound
	}
	if runs[0].State.Over() {
		v.Header("HX-Refresh", "true")
	}
	return v.ShowPart("retention", "work", &retentionPage{Progress: bar(v, runs[0], keeping+"/progress")})
}

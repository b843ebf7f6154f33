package settings

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/locale"
	"portaria/cloud/internal/web/desk"
)

func organizerForm(v *desk.Visit, o account.Organizer) *desk.Form {
	return v.Form(
		desk.Field{Name: "name", Label: "settings.organizer.name", Hint: "settings.organizer.name_hint", Value: o.Name, Needed: true},
		desk.Field{Name: "language", Label: "settings.language", Type: "select", Value: o.Language, Options: languages(), Needed: true},
	)
}

func (s *settings) showOrganizer(v *desk.Visit) error {
	o, err := s.Accounts.Store.Organizer(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	return s.drawOrganizer(v, http.StatusOK, organizerForm(v, o), factorForm(v))
}

func (s *settings) saveOrganizer(v *desk.Visit) error {
	f := organizerForm(v, account.Organizer{})
	if err := v.Read(f); err != nil {
		return err
	}
	name, language := f.Value("name"), locale.Match(f.Value("language")).Tag()
	if f.Good() {
		if err := f.Blame(fault.Text("name", name, true, 200)); err != nil {
			return err
		}
	}
	if !f.Good() {
		return s.drawOrganizer(v, http.StatusUnprocessableEntity, f, factorForm(v))
	}
	if err := s.Rename(v.Ctx(), v.Organizer(), name, language); err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "organizer.renamed", v.Organizer().String(), name); err != nil {
		return err
	}
	return v.Go("/desk/settings/organizer", desk.Flash{Text: v.Text("settings.saved")})
}

// graces are how many days people may be given to set a second factor up.
var graces = []int{0, 7, 30}

func factorForm(v *desk.Visit) *desk.Form {
	options := []desk.Option{{Value: "off", Text: v.Text("settings.factor.off")}}
	for _, n := range graces {
		text := v.Text("settings.factor.now")
		if n > 0 {
			text = v.L.Plural("settings.factor.in", n)
		}
		options = append(options, desk.Option{Value: strconv.Itoa(n), Text: text})
	}
	chosen := "off"
	if !v.OpenDesk().FactorFrom.IsZero() {
		chosen = "on"
		options = slices.Insert(options, 1, desk.Option{Value: "on", Text: v.Text("settings.factor.on", "Date", v.L.ShortDate(v.OpenDesk().FactorFrom))})
	}
	return v.Form(desk.Field{Name: "factor", Label: "settings.factor.label", Hint: "settings.factor.hint", Type: "select", Value: chosen, Options: options, Needed: true})
}

func (s *settings) drawOrganizer(v *desk.Visit, status int, f, factor *desk.Form) error {
	p := &organizerPage{base: base{Tabs: tabs(v)}, Form: f, Factor: factor}
	for i := range p.Tabs {
		p.Tabs[i].Here = p.Tabs[i].Href == "/desk/settings/organizer"
	}
	members, err := s.Staff.Roster.Members(v.AccountsCtx(), v.Organizer())
	if err != nil {
		return err
	}
	weak := map[uuid.UUID]bool{}
	for _, m := range members {
		if !m.Strong {
			weak[m.Person] = true
		}
	}
	p.Weak = len(weak)
	return v.ShowAs(status, "organizer", v.Text("settings.organizer.title"), p)
}

// saveFactor asks everybody for a second factor from a day on, or nobody. Who asks others has one.
func (s *settings) saveFactor(v *desk.Visit) error {
	f := factorForm(v)
	if err := v.Read(f); err != nil {
		return err
	}
	o, err := s.Accounts.Store.Organizer(v.Ctx(), v.Organizer())
	if err != nil {
		return err
	}
	from, note := time.Time{}, "off"
	days, bad := strconv.Atoi(f.Value("factor"))
	switch {
	case f.Value("factor") == "on":
		return v.Go("/desk/settings/organizer", desk.Flash{})
	case f.Value("factor") == "off":
	case bad != nil || !slices.Contains(graces, days):
		f.Fault("factor", "desk.fault.invalid_input")
	case !v.Session.Strong:
		f.Fault("factor", "settings.factor.first_you")
	default:
		from = v.Now.AddDate(0, 0, days)
		note = from.UTC().Format(time.RFC3339)
	}
	if !f.Good() {
		return s.drawOrganizer(v, http.StatusUnprocessableEntity, organizerForm(v, o), f)
	}
	if err := s.Factor(v.AccountsCtx(), v.Organizer(), from); err != nil {
		return err
	}
	if err := v.Note(v.Ctx(), "organizer.second_factor", v.Organizer().String(), note); err != nil {
		return err
	}
	return v.Go("/desk/settings/organizer", desk.Flash{Text: v.Text("settings.saved")})
}

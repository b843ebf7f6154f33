package privacy

import (
	"portaria/cloud/internal/account/role"
	"portaria/cloud/internal/privacy"
	"portaria/cloud/internal/web/desk"
)

// Tasks say on the desk's first page that somebody waits for an answer about their data.
func Tasks(p *privacy.Service) func(v *desk.Visit) ([]desk.Task, error) {
	return func(v *desk.Visit) ([]desk.Task, error) {
		if !v.May(role.PrivacyEdit, role.Place{}) {
			return nil, nil
		}
		n, due, err := p.Desk.OpenRequests(v.Ctx(), v.Organizer())
		if err != nil || n == 0 {
			return nil, err
		}
		return []desk.Task{{
			Title: v.L.Plural("privacy.task.title", int(n)), Text: v.Text("privacy.task.text", "Date", v.L.ShortDate(due)), Href: requests,
			Do: v.Text("privacy.task.go"), Urgent: v.Now.After(due.AddDate(0, 0, -3)),
		}}, nil
	}
}

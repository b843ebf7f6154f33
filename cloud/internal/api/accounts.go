package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"portaria/cloud/internal/account"
)

// Organizer is a tenant.
type Organizer struct {
	ID        uuid.UUID `json:"id"`
	Name      string    `json:"name"`
	Language  string    `json:"language" doc:"BCP 47"`
	CreatedAt time.Time `json:"created_at"`
	APIKey    string    `json:"api_key,omitempty" doc:"Its first key, told once: when the organizer is made."`
}

func (o Organizer) forget() Organizer {
	o.APIKey = ""
	return o
}

func showOrganizer(o account.Organizer) Organizer {
	return Organizer{ID: o.ID, Name: o.Name, Language: o.Language, CreatedAt: o.CreatedAt.UTC()}
}

// OrganizerDraft makes an organizer.
type OrganizerDraft struct {
	Name     string `json:"name" minLength:"1" maxLength:"200"`
	Language string `json:"language" example:"pt-BR" doc:"BCP 47"`
}

// APIKey is a key; its text is told once, when it is made.
type APIKey struct {
	ID        uuid.UUID       `json:"id"`
	Name      string          `json:"name"`
	Scopes    []account.Scope `json:"scopes"`
	CreatedAt *time.Time      `json:"created_at,omitempty"`
	RevokedAt *time.Time      `json:"revoked_at,omitempty"`
	Key       string          `json:"key,omitempty" doc:"The key itself, told once: when it is made."`
}

func (k APIKey) forget() APIKey {
	k.Key = ""
	return k
}

func showKey(k account.Key) APIKey {
	shown := APIKey{ID: k.ID, Name: k.Name, Scopes: k.Scopes, RevokedAt: utc(k.RevokedAt)}
	if !k.CreatedAt.IsZero() {
		shown.CreatedAt = utc(&k.CreatedAt)
	}
	return shown
}

// APIKeyDraft makes a key.
type APIKeyDraft struct {
	Name   string          `json:"name" minLength:"1" maxLength:"100"`
	Scopes []account.Scope `json:"scopes" minItems:"1" maxItems:"20" uniqueItems:"true"`
}

func (s *server) accounts() {
	const tag = "Accounts"
	create(s, op{path: "/organizers", id: "create-organizer", tag: tag, scope: platform,
		summary: "Make an organizer and its first key"},
		func(ctx context.Context, _ account.Key, in *Post[OrganizerDraft]) (Organizer, error) {
			o, key, err := s.Accounts.CreateOrganizer(ctx, in.Body.Name, in.Body.Language)
			shown := showOrganizer(o)
			shown.APIKey = key
			return shown, err
		})
	serve(s, op{method: http.MethodGet, path: "/organizers", id: "list-organizers", tag: tag, scope: platform,
		summary: "List organizers"}, s.listOrganizers)
	serve(s, op{method: http.MethodGet, path: "/organizer", id: "get-organizer", tag: tag, scope: account.CatalogRead,
		summary: "Read the organizer that this key belongs to"},
		func(ctx context.Context, who account.Key, _ *struct{}) (Organizer, error) {
			o, err := s.Accounts.Store.Organizer(ctx, who.Organizer)
			return showOrganizer(o), err
		})
	create(s, op{path: "/keys", id: "create-key", tag: tag, scope: account.KeysWrite, summary: "Make an API key"},
		s.createKey)
	serve(s, op{method: http.MethodGet, path: "/keys", id: "list-keys", tag: tag, scope: account.KeysWrite,
		summary: "List API keys"}, s.listKeys)
	act(s, op{method: http.MethodDelete, path: "/keys/{key}", id: "revoke-key", tag: tag, scope: account.KeysWrite,
		summary: "Revoke an API key"},
		func(ctx context.Context, who account.Key, in *struct {
			Key uuid.UUID `path:"key" format:"uuid"`
		}) error {
			return s.Accounts.Keys.RevokeKey(ctx, who.Organizer, in.Key)
		})
}

func (s *server) listOrganizers(ctx context.Context, _ account.Key, in *Paging) (page[Organizer], error) {
	after, err := in.start()
	if err != nil {
		return page[Organizer]{}, err
	}
	all, err := s.Accounts.Store.Organizers(ctx, after, in.Limit)
	return paged(all, in.Limit, showOrganizer, func(o account.Organizer) string { return o.ID.String() }), err
}

func (s *server) createKey(ctx context.Context, who account.Key, in *Post[APIKeyDraft]) (APIKey, error) {
	for _, scope := range in.Body.Scopes {
		if !who.May(scope) { // a key makes none that may more than itself
			return APIKey{}, errNoScope.Say("This key cannot give the scope " + string(scope) + ", which it does not have.")
		}
	}
	key, text, err := s.Accounts.CreateKey(ctx, who.Organizer, in.Body.Name, in.Body.Scopes)
	shown := showKey(key)
	shown.Key = text
	return shown, err
}

func (s *server) listKeys(ctx context.Context, who account.Key, in *Paging) (page[APIKey], error) {
	after, err := in.start()
	if err != nil {
		return page[APIKey]{}, err
	}
	all, err := s.Accounts.Keys.Keys(ctx, who.Organizer, after, in.Limit)
	return paged(all, in.Limit, showKey, func(k account.Key) string { return k.ID.String() }), err
}

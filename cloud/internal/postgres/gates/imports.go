package gates

import (
	"context"
	"encoding/json"
	"fmt"

	"portaria/cloud/internal/gatehouse/foreign"
	"portaria/cloud/internal/postgres"
	"portaria/cloud/internal/postgres/gatedb"
	"portaria/edge/whitelist"
)

var (
	_ foreign.IssuerStore = (*Store)(nil)
	_ foreign.CodeStore   = (*Store)(nil)
)

// AddIssuer keeps an issuer. foreign.ErrTaken.
func (s *Store) AddIssuer(ctx context.Context, scope foreign.Scope, i whitelist.Issuer) error {
	normalise, err := json.Marshal(i.Normalise)
	if err != nil {
		return err
	}
	keys := [][]byte{}
	for _, key := range i.Pretix {
		keys = append(keys, key)
	}
	err = s.on(ctx).AddIssuer(ctx, gatedb.AddIssuerParams{
		EventID: scope.Event, Name: i.Name, OrganizerID: scope.Organizer, Normalise: normalise, Kind: int32(i.Kind), Pretix: keys,
	})
	if postgres.Broke(err) == "issuers_pkey" {
		return foreign.ErrTaken
	}
	return err
}

// Issuers lists an event's issuers.
func (s *Store) Issuers(ctx context.Context, scope foreign.Scope) ([]whitelist.Issuer, error) {
	rows, err := s.on(ctx).OwnIssuers(ctx, scope.Organizer, scope.Event)
	if err != nil {
		return nil, err
	}
	out := make([]whitelist.Issuer, len(rows))
	for i, r := range rows {
		if out[i], err = issuer(r.Name, r.Normalise, r.Kind, r.Pretix); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Listed is those of the codes that are in a namespace of the event's list.
func (s *Store) Listed(ctx context.Context, scope foreign.Scope, namespace string, codes []string) ([]string, error) {
	return s.on(ctx).Listed(ctx, scope.Event, namespace, codes)
}

// AddCodes adds codes that are good, and returns those that were not there yet.
func (s *Store) AddCodes(ctx context.Context, scope foreign.Scope, i whitelist.Issuer, codes []string, refs []whitelist.Ref) ([]string, error) {
	raw := make([][]byte, len(refs))
	for n := range refs {
		raw[n] = refs[n][:]
	}
	added, err := s.on(ctx).ImportCodes(ctx, gatedb.ImportCodesParams{
		EventID: scope.Event, OrganizerID: scope.Organizer, Namespace: i.Name, Kind: int32(i.Kind), Codes: codes, Refs: raw,
	})
	if err != nil || len(added) == 0 {
		return added, err
	}
	return added, s.on(ctx).TellChanged(ctx, scope.Event.String())
}

// KeepReport keeps what an import did.
func (s *Store) KeepReport(ctx context.Context, scope foreign.Scope, r foreign.Report) error {
	if r.Skipped == nil {
		r.Skipped = []foreign.Skip{}
	}
	skipped, err := json.Marshal(r.Skipped)
	if err != nil {
		return err
	}
	return s.on(ctx).AddReport(ctx, gatedb.AddReportParams{
		ID: r.ID, EventID: scope.Event, Issuer: r.Issuer, OrganizerID: scope.Organizer,
		Lines: int32(r.Lines), Imported: int32(r.Imported), Skipped: skipped, Skips: int32(r.Skips), //nolint:gosec // bounded by foreign.MaxLines
	})
}

// Reports is the newest hundred.
func (s *Store) Reports(ctx context.Context, scope foreign.Scope, name string) ([]foreign.Report, error) {
	rows, err := s.on(ctx).OwnReports(ctx, scope.Organizer, scope.Event, name)
	if err != nil {
		return nil, err
	}
	out := make([]foreign.Report, len(rows))
	for i, r := range rows {
		out[i] = foreign.Report{
			ID: r.ID, Issuer: r.Issuer, MadeAt: r.MadeAt, Lines: int(r.Lines), Imported: int(r.Imported), Skips: int(r.Skips),
		}
		if err := json.Unmarshal(r.Skipped, &out[i].Skipped); err != nil {
			return nil, fmt.Errorf("read import report %s: %w", r.ID, err)
		}
	}
	return out, nil
}

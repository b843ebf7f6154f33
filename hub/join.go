package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"portaria/hub/internal/enrol"
	"portaria/identity"
	"portaria/identity/join"
)

// Joining is a configuration that may leave out what a hub learns when it joins.
type Joining Config

// Validate asks only for what joining needs.
func (j *Joining) Validate() error {
	switch {
	case j.StateDir == "":
		return errors.New("state_dir: set the directory where the hub keeps its records")
	case j.Insecure:
		return errors.New("insecure: a hub with plain links has no identity to get; leave this out")
	}
	return nil
}

// Join gets this hub an identity from the cloud that made the code, and keeps it in the state folder. The hub must not
// run. It says what it has become.
func Join(ctx context.Context, cfg *Joining, code string) (join.Settings, error) {
	dir := (*Config)(cfg).identityDir()
	if _, err := join.Load(dir, time.Now()); !errors.Is(err, fs.ErrNotExist) {
		return join.Settings{}, fmt.Errorf("this hub has joined already (%s); move that folder away to join again", dir)
	}
	invitation, err := identity.ParseCode(code, identity.Hub)
	if err != nil {
		return join.Settings{}, err
	}
	guest, err := newGuest(invitation)
	if err != nil {
		return join.Settings{}, err
	}
	addresses := invitation.Addresses()
	if cfg.Cloud.HTTP != "" {
		addresses = []string{strings.TrimPrefix(cfg.Cloud.HTTP, "https://")}
	}
	if len(addresses) == 0 {
		return join.Settings{}, errors.New("a typed code does not say where the cloud is: set cloud.http, or paste the whole code")
	}
	m, err := firstThatAnswers(ctx, guest, addresses)
	if err != nil {
		return join.Settings{}, err
	}
	if len(m.Roll) > 0 {
		if err := enrol.Inherit(dir, m.Roll); err != nil {
			return join.Settings{}, err
		}
	}
	return m.Settings, m.Save(dir)
}

func newGuest(invitation identity.Invitation) (*join.Guest, error) {
	key, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	ca, err := identity.NewKey()
	if err != nil {
		return nil, err
	}
	return &join.Guest{Invitation: invitation, Key: key, CAKey: ca}, nil
}

func firstThatAnswers(ctx context.Context, guest *join.Guest, addresses []string) (*join.Member, error) {
	var faults []error
	for _, address := range addresses {
		m, err := guest.Join(ctx, address)
		if err == nil {
			return m, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// ParseLane reads a lane as commands write it: 1=<checkpoint>, with :exit behind where its scans leave.
func ParseLane(text string) (join.Lane, error) {
	number, rest, found := strings.Cut(text, "=")
	n, err := strconv.Atoi(number)
	checkpoint, exit := strings.CutSuffix(rest, ":exit")
	if !found || err != nil || n < 1 || n > 99 || checkpoint == "" {
		return join.Lane{}, fmt.Errorf("lane %q is not like 1=<checkpoint> or 2=<checkpoint>:exit", text)
	}
	return join.Lane{Number: n, Checkpoint: checkpoint, Exit: exit}, nil
}

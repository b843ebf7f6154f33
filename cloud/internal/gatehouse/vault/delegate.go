package vault

import (
	"context"
	"crypto/ed25519"
	"time"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

// ListSigner is what a list or venue manifest is signed with.
type ListSigner struct {
	Key   ed25519.PrivateKey
	Chain whitelist.Chain
}

func (o OrganizerKeys) chain() whitelist.Chain {
	return whitelist.Chain{Root: o.delegation(o.Root), List: o.delegation(o.List)}
}

func (o OrganizerKeys) delegation(d Delegated) whitelist.Delegation {
	return whitelist.Delegation{Key: d.Public, Organizer: o.Organizer, NotAfter: d.NotAfter, Signature: d.Signature}
}

// due says that a delegation nears its end.
func (k *Keyring) due(keys OrganizerKeys, now time.Time) bool {
	return keys.Root.NotAfter.Before(now.Add(rootRenew)) || keys.List.NotAfter.Before(now.Add(listRenew))
}

// renew makes the keys an organizer lacks, and signs both delegations again with the same keys.
func (k *Keyring) renew(ctx context.Context, organizer ticket.EventID, old OrganizerKeys, now time.Time) (OrganizerKeys, error) {
	first := len(old.Root.Sealed) == 0
	keys := OrganizerKeys{Organizer: organizer, Root: old.Root, List: old.List}
	if first {
		keys.Root, keys.List = k.makePair(rootPlace(organizer)), k.makePair(listPlace(organizer))
	}
	seed, err := k.seal.Open(rootPlace(organizer), keys.Root.Sealed)
	if err != nil {
		return keys, err
	}
	if first || keys.Root.NotAfter.Before(now.Add(rootRenew)) {
		keys.sign(&keys.Root, k.platform, whitelist.RoleRoot, now.Add(rootLife))
	}
	keys.sign(&keys.List, ed25519.NewKeyFromSeed(seed), whitelist.RoleList, now.Add(listLife))
	return k.store.KeepOrganizerKeys(ctx, keys, !first)
}

func (o OrganizerKeys) sign(d *Delegated, by ed25519.PrivateKey, role whitelist.Role, until time.Time) {
	signed := whitelist.Delegate(by, role, d.Public, o.Organizer, until)
	d.NotAfter, d.Signature = signed.NotAfter, signed.Signature
}

func (k *Keyring) makePair(place string) Delegated {
	seed := random(ed25519.SeedSize)
	return Delegated{
		Public: ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey),
		Sealed: k.seal.Seal(place, seed),
	}
}

func rootPlace(organizer ticket.EventID) string { return "root/" + organizer.String() }
func listPlace(organizer ticket.EventID) string { return "list/" + organizer.String() }

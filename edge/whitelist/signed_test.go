package whitelist_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/whitelist"
)

func TestAManifestOpensUnderItsPlatform(t *testing.T) {
	signed := signManifest(t, someManifest(t))
	opened, err := whitelist.OpenManifest(signed.Raw(), public(platformKey), issued)
	require.NoError(t, err)
	assert.Equal(t, signed, opened)
	assert.Equal(t, organizer, opened.Organizer())
	assert.NoError(t, opened.For(concert, organizer))
	assert.Len(t, signed.Raw(), whitelist.ManifestLen)
}

func TestTheManifestIsTheBytesOfTheDocument(t *testing.T) {
	m := someManifest(t)
	body := manifestBody(4, m.Index, m.Rules)
	require.Len(t, body, 116)
	assert.Equal(t, sealManifest(body), signManifest(t, m).Raw())
}

func TestThePatchIsTheBytesOfTheDocument(t *testing.T) {
	patch := somePatch(t)
	entries := whitelist.Merge(nil, patch.Entries)
	assert.Equal(t, sealPatch(patch.Manifest.Raw(), epoch, 2, entries), encodePatch(t, patch))
}

func TestTimesAreCutToWholeSeconds(t *testing.T) {
	m := someManifest(t)
	m.IssuedAt, m.GoodUntil = issued.Add(999*time.Millisecond), goodUntil.Add(time.Millisecond)
	assert.Equal(t, signManifest(t, someManifest(t)), signManifest(t, m))
}

func TestWhoMayOpenAManifestWhen(t *testing.T) {
	raw := signManifest(t, someManifest(t)).Raw()
	for _, row := range []struct {
		name     string
		platform ed25519.PublicKey
		at       time.Time
		want     error
	}{
		{"at once", public(platformKey), issued, nil},
		{"in the last second of its key", public(platformKey), keysEnd, nil},
		{"a second after its key's end", public(platformKey), keysEnd.Add(time.Second), whitelist.ErrExpired},
		{"long after, out of one's own store", public(platformKey), time.Time{}, nil},
		{"past good-until: the checkpoint's policy decides, not the format", public(platformKey), goodUntil.Add(time.Hour), nil},
		{"on a gate whose clock is behind", public(platformKey), issued.AddDate(-50, 0, 0), nil},
		{"under another platform", public(strangerKey), issued, whitelist.ErrWrongSigner},
		{"with the organizer's root for the platform's key", public(rootKey), issued, whitelist.ErrWrongSigner},
		{"with no platform key", nil, issued, whitelist.ErrWrongSigner},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := whitelist.OpenManifest(raw, row.platform, row.at)
			assert.ErrorIs(t, err, row.want)
		})
	}
}

func TestEveryFlippedBitOfASignedMessageIsRefused(t *testing.T) {
	for name, message := range map[string]struct {
		raw  []byte
		open func([]byte) error
	}{
		"manifest": {signManifest(t, someManifest(t)).Raw(), openers["manifest"]},
		"patch":    {encodePatch(t, somePatch(t)), openers["patch"]},
		"venue":    {signVenue(t, someVenue()), openers["venue"]},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, message.open(message.raw))
			for i := range message.raw {
				message.raw[i] ^= 1 << (i % 8)
				require.Error(t, message.open(message.raw), "byte %d", i)
				message.raw[i] ^= 1 << (i % 8)
			}
		})
	}
}

func TestEveryCutOfASignedMessageIsMalformed(t *testing.T) {
	for name, raw := range map[string][]byte{
		"manifest": signManifest(t, someManifest(t)).Raw(),
		"patch":    encodePatch(t, somePatch(t)),
		"venue":    signVenue(t, someVenue()),
	} {
		t.Run(name, func(t *testing.T) {
			for n := range raw {
				require.ErrorIs(t, openers[name](raw[:n]), whitelist.ErrMalformed, "%d bytes", n)
			}
		})
	}
}

func TestASignerHearsWhatAGateWouldRefuse(t *testing.T) {
	expired := chainTo(organizer, keysEnd, issued.Add(-time.Second))
	expiredRoot := chainTo(organizer, issued.Add(-time.Second), keysEnd)
	mixedOwner := chain
	mixedOwner.Root = whitelist.Delegate(platformKey, whitelist.RoleRoot, public(rootKey), rival, keysEnd)
	selfMade := chain
	selfMade.List = whitelist.Delegate(listKey, whitelist.RoleList, public(listKey), organizer, keysEnd)
	swappedRole := chain
	swappedRole.List = whitelist.Delegate(rootKey, whitelist.RoleRoot, public(listKey), organizer, keysEnd)
	unsignedRoot := chain
	unsignedRoot.Root.Signature = nil
	forever := chainTo(organizer, keysEnd, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	for _, row := range []struct {
		name   string
		key    ed25519.PrivateKey
		chain  whitelist.Chain
		change func(*whitelist.Manifest)
		want   error
	}{
		{"a key that nobody delegated", strangerKey, chain, nil, whitelist.ErrWrongSigner},
		{"no key", nil, chain, nil, whitelist.ErrWrongSigner},
		{"no chain", listKey, whitelist.Chain{}, nil, whitelist.ErrWrongSigner},
		{"a list key past its end", listKey, expired, nil, whitelist.ErrExpired},
		{"a root past its end", listKey, expiredRoot, nil, whitelist.ErrExpired},
		{"a root and a list key of two organizers", listKey, mixedOwner, nil, whitelist.ErrWrongSigner},
		{"a list key that delegated itself", listKey, selfMade, nil, whitelist.ErrWrongSigner},
		{"a root in place of a list key", listKey, swappedRole, nil, whitelist.ErrWrongSigner},
		{"a root that the platform has not signed", listKey, unsignedRoot, nil, whitelist.ErrMalformed},
		{"a list key without end", listKey, forever, nil, whitelist.ErrMalformed},
		{"good for less than 8 days", listKey, chain, func(m *whitelist.Manifest) { m.GoodUntil = issued.Add(whitelist.MinGood - time.Second) }, whitelist.ErrMalformed},
		{"no epoch", listKey, chain, func(m *whitelist.Manifest) { m.Epoch = 0 }, whitelist.ErrMalformed},
		{"an epoch beyond what JSON keeps", listKey, chain, func(m *whitelist.Manifest) { m.Epoch = whitelist.MaxEpoch + 1 }, whitelist.ErrMalformed},
		{"issued before 1970", listKey, chain, func(m *whitelist.Manifest) { m.IssuedAt = time.Unix(-1, 0) }, whitelist.ErrMalformed},
		{"good beyond the year 9999", listKey, chain, func(m *whitelist.Manifest) { m.GoodUntil = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }, whitelist.ErrMalformed},
		{"a depth that no gate can hold", listKey, chain, func(m *whitelist.Manifest) { m.Depth = 21 }, whitelist.ErrMalformed},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := someManifest(t)
			if row.change != nil {
				row.change(&m)
			}
			_, err := whitelist.SignManifest(m, row.key, row.chain)
			assert.ErrorIs(t, err, row.want)
		})
	}
}

func TestAListIsOfOneEventAndOneOrganizer(t *testing.T) {
	signed := signManifest(t, someManifest(t))
	assert.NoError(t, signed.For(concert, organizer))
	assert.ErrorIs(t, signed.For(matinee, organizer), whitelist.ErrWrongSigner)
	assert.ErrorIs(t, signed.For(concert, rival), whitelist.ErrWrongSigner)
	venue, err := whitelist.OpenVenue(signVenue(t, someVenue()), public(platformKey), issued)
	require.NoError(t, err)
	assert.NoError(t, venue.For(theatre, organizer))
	assert.ErrorIs(t, venue.For(concert, organizer), whitelist.ErrWrongSigner)
	assert.ErrorIs(t, venue.For(theatre, rival), whitelist.ErrWrongSigner)
}

func TestTheFloor(t *testing.T) {
	assert.NoError(t, whitelist.CheckNewer(0, 1))
	assert.NoError(t, whitelist.CheckNewer(epoch, epoch+1))
	assert.ErrorIs(t, whitelist.CheckNewer(epoch, epoch), whitelist.ErrSameEpoch)
	assert.NotErrorIs(t, whitelist.CheckNewer(epoch, epoch), whitelist.ErrLowerEpoch)
	assert.ErrorIs(t, whitelist.CheckNewer(epoch, epoch-1), whitelist.ErrLowerEpoch)
}

func TestEpochsOnlyRise(t *testing.T) {
	for _, row := range []struct {
		name string
		last uint64
		now  time.Time
		want uint64
	}{
		{"the first is the time", 0, issued, epoch},
		{"a cloud that forgot its last one still rises", 5, issued, epoch},
		{"two in one millisecond", epoch, issued, epoch + 1},
		{"the clock went back a year", epoch, issued.AddDate(-1, 0, 0), epoch + 1},
		{"the clock is before 1970", 7, time.Unix(-5, 0), 8},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, whitelist.NextEpoch(row.last, row.now)) })
	}
}

func TestBlobsBelongToTheirManifest(t *testing.T) {
	m, list := someManifest(t), build(t, fourEntries())
	names, err := m.OpenIndex(list.IndexBytes())
	require.NoError(t, err)
	assert.Equal(t, list.Index(), names)
	assert.NoError(t, names[0].Check(list.Buckets[0]))

	other := build(t, append(fourEntries(), ticketEntry(9)))
	_, err = m.OpenIndex(other.IndexBytes())
	assert.ErrorIs(t, err, whitelist.ErrMixed, "the index of another list")
	assert.ErrorIs(t, names[0].Check(other.Buckets[0]), whitelist.ErrMixed, "the bucket of another list")

	m.Depth = 1
	_, err = m.OpenIndex(list.IndexBytes())
	assert.ErrorIs(t, err, whitelist.ErrMixed, "an index of another depth")
}

func TestRulesBelongToTheirManifest(t *testing.T) {
	raw, err := whitelist.EncodeRules(someRules())
	require.NoError(t, err)
	m := someManifest(t)
	rules, err := m.OpenRules(raw)
	require.NoError(t, err)
	assert.Equal(t, someRules(), *rules)
	_, err = m.OpenRules(append(raw, ' '))
	assert.ErrorIs(t, err, whitelist.ErrMixed)
	m.Event = matinee
	_, err = m.OpenRules(raw)
	assert.ErrorIs(t, err, whitelist.ErrMixed, "well named, but of another event")
}

func TestAPatchCarriesItsEntriesUnderTheListKey(t *testing.T) {
	patch := somePatch(t)
	opened, err := whitelist.OpenPatch(encodePatch(t, patch), public(platformKey), issued)
	require.NoError(t, err)
	assert.Equal(t, patch.Manifest, opened.Manifest)
	assert.Equal(t, patch.From, opened.From)
	assert.ElementsMatch(t, patch.Entries, opened.Entries)
}

func TestAPatchIsNotEncodedWhen(t *testing.T) {
	for _, row := range []struct {
		name   string
		key    ed25519.PrivateKey
		change func(*whitelist.Patch)
		want   error
	}{
		{"its manifest is not signed", listKey, func(p *whitelist.Patch) { p.Manifest = whitelist.SignedManifest{} }, whitelist.ErrMalformed},
		{"the key is another", strangerKey, nil, whitelist.ErrWrongSigner},
		{"it leads to where it starts", listKey, func(p *whitelist.Patch) { p.From = p.Manifest.Epoch }, whitelist.ErrMalformed},
		{"a key stands twice", listKey, func(p *whitelist.Patch) { p.Entries = append(p.Entries, p.Entries[0]) }, whitelist.ErrMalformed},
		{"an entry has no state", listKey, func(p *whitelist.Patch) { p.Entries[0].State = 0 }, whitelist.ErrMalformed},
		{"it has more entries than the list", listKey, func(p *whitelist.Patch) { p.Entries = crowdOf(6, 1) }, whitelist.ErrMalformed},
		{"it is too big", listKey, func(p *whitelist.Patch) { p.Entries = make([]whitelist.Entry, whitelist.MaxPatchEntries+1) }, whitelist.ErrMalformed},
	} {
		t.Run(row.name, func(t *testing.T) {
			patch := somePatch(t)
			if row.change != nil {
				row.change(&patch)
			}
			_, err := whitelist.EncodePatch(patch, row.key)
			assert.ErrorIs(t, err, row.want)
		})
	}
}

func TestAPatchMayBeEmpty(t *testing.T) {
	patch := somePatch(t)
	patch.Entries = nil
	opened, err := whitelist.OpenPatch(encodePatch(t, patch), public(platformKey), issued)
	require.NoError(t, err)
	assert.Empty(t, opened.Entries, "only the rules, or good-until, changed")
}

func TestAStrangerInTheChainIsNotForgivenByADelegationOfAnotherRole(t *testing.T) {
	// The organizer's root signs itself as a list key of a rival: the organizer stands under each signature.
	forged := whitelist.Chain{Root: chain.Root, List: whitelist.Delegate(rootKey, whitelist.RoleList, public(listKey), rival, keysEnd)}
	_, err := whitelist.SignManifest(someManifest(t), listKey, forged)
	assert.ErrorIs(t, err, whitelist.ErrWrongSigner)
}

package whitelist_test

import (
	"math/rand/v2"
	"testing"

	"portaria/edge/whitelist"
)

// million is what the figures of DESIGN.md are taken over.
const million = 1_000_000

func report(b *testing.B, tickets int) {
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/list")
	b.ReportMetric(float64(tickets)*float64(b.N)/b.Elapsed().Seconds(), "tickets/s")
}

func BenchmarkBuildMillion(b *testing.B) {
	entries := crowdOf(million, 1)
	for b.Loop() {
		build(b, entries)
	}
	report(b, million)
}

// BenchmarkLoadMillion is a gate's start from its disk: every bucket checked and named, and the root compared.
func BenchmarkLoadMillion(b *testing.B) {
	list := build(b, crowdOf(million, 1))
	m := signManifest(b, manifestOf(list, whitelist.Hash{})).Manifest
	for b.Loop() {
		loaded := &whitelist.List{Depth: m.Depth, Buckets: list.Buckets}
		names, err := m.OpenIndex(loaded.IndexBytes())
		if err != nil || len(names) != len(list.Buckets) {
			b.Fatal(err)
		}
		for i, bucket := range list.Buckets {
			if err := whitelist.CheckBucket(bucket, m.Depth, i); err != nil {
				b.Fatal(err)
			}
		}
	}
	report(b, million)
}

func benchmarkFind(b *testing.B, tickets int) {
	entries := crowdOf(tickets, 1)
	list := build(b, entries)
	random := rand.New(rand.NewPCG(3, 3))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := list.Find(entries[random.IntN(tickets)].Key); !ok {
			b.Fatal("an entry is gone")
		}
	}
}

func BenchmarkFindInTenThousand(b *testing.B) { benchmarkFind(b, 10_000) }
func BenchmarkFindInMillion(b *testing.B)     { benchmarkFind(b, million) }

// tenThousandOf is a patch of 10,000 changes of a million: half new tickets, half refunds.
func tenThousandOf(b *testing.B) (*whitelist.List, []whitelist.Entry) {
	entries := crowdOf(million, 1)
	changes := crowdOf(5000, 2)
	for _, refunded := range entries[:5000] {
		refunded.State = whitelist.Revoked
		changes = append(changes, refunded)
	}
	return build(b, entries), changes
}

// BenchmarkPatchSign is the signer's side: new buckets, root, manifest and patch.
func BenchmarkPatchSign(b *testing.B) {
	list, changes := tenThousandOf(b)
	for b.Loop() {
		next, _, err := list.With(changes)
		if err != nil {
			b.Fatal(err)
		}
		encodePatch(b, whitelist.Patch{Manifest: signManifest(b, manifestOf(next, whitelist.Hash{})), From: 1, Entries: changes})
	}
	report(b, len(changes))
}

// BenchmarkPatchLive is the gate's side until every entry is obeyed: signatures, order, overlay.
func BenchmarkPatchLive(b *testing.B) {
	list, changes := tenThousandOf(b)
	raw := encodePatch(b, whitelist.Patch{Manifest: signManifest(b, manifestOf(list, whitelist.Hash{})), From: 1, Entries: changes})
	for b.Loop() {
		patch, err := whitelist.OpenPatch(raw, public(platformKey), issued)
		if err != nil {
			b.Fatal(err)
		}
		whitelist.NewOverlay().Put(patch.Entries)
	}
	report(b, len(changes))
}

// BenchmarkPatchFold is the gate's background work without its disk: merge, hash, portion by portion.
func BenchmarkPatchFold(b *testing.B) {
	list, changes := tenThousandOf(b)
	for b.Loop() {
		overlay := whitelist.NewOverlay()
		overlay.Put(changes)
		for overlay.Len() > 0 {
			taken := overlay.Take(list.Depth, 1000)
			for index, mine := range whitelist.Portions(taken, list.Depth) {
				whitelist.HashOf(whitelist.Merge(list.Buckets[index], mine))
			}
			overlay.Done(taken)
		}
	}
	report(b, len(changes))
}

func BenchmarkTicketKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		whitelist.TicketKey(secrets.List, 7)
	}
}

func BenchmarkOpenManifest(b *testing.B) {
	raw := signManifest(b, someManifest(b)).Raw()
	for b.Loop() {
		if _, err := whitelist.OpenManifest(raw, public(platformKey), issued); err != nil {
			b.Fatal(err)
		}
	}
}

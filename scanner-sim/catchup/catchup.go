// Package catchup measures how fast an evening's records travel once an outage is over: from a gate over a hub to the
// cloud, with the real programs and a PostgreSQL that syncs. The gate is played; it speaks the protocol and nothing else.
// All of them have joined and speak TLS; the broker that keeps nothing, which they are compared with, is spared that.
package catchup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"portaria/deploy/privatepg"
	"portaria/deploy/rig"
	"portaria/edge/ticket"
	"portaria/figure"
)

// Config says where the programs are and how much to measure. Zero values take the defaults.
type Config struct {
	Bin     string // folder of the binaries; empty = bin
	Records int    // in each of five blocks, and after the outage of the cloud five times as many; 0 = 20,000
	Out     io.Writer
}

const (
	rateGoal  = 0.5 // of a broker that keeps nothing
	wireGoal  = 1.2
	roomGoal  = 256 << 20
	cloudGoal = time.Minute
)

// Sync prints the figures.
func Sync(ctx context.Context, c Config) error {
	if c.Bin == "" {
		c.Bin = "bin"
	}
	if c.Records == 0 {
		c.Records = 20_000
	}
	v := &venue{}
	err := v.open(ctx, c)
	if err == nil {
		err = v.measure(ctx, c)
	}
	return errors.Join(err, v.close())
}

func (v *venue) measure(ctx context.Context, c Config) error {
	g, err := v.plug(ctx)
	if err != nil {
		return err
	}
	defer g.close()
	var ratios, rates, bares, alones []float64
	for range figure.Blocks {
		records := g.later(c.Records)
		bare, err := bareRate(ctx, records)
		if err != nil {
			return err
		}
		took, err := g.send(ctx, records, inCloud)
		if err != nil {
			return err
		}
		alone, err := v.alone(ctx, c.Records)
		if err != nil {
			return err
		}
		rate := float64(c.Records) / took.Seconds()
		alones = append(alones, alone)
		ratios, rates, bares = append(ratios, rate/bare), append(rates, rate), append(bares, bare)
	}
	bytes := float64(v.up.sent.Load()) / float64(g.payload)
	n := figure.Blocks * c.Records
	toHub, toCloud, room, err := v.outage(ctx, g, n)
	if err != nil {
		return err
	}
	return errors.Join(
		figure.Figure{Name: "sync", Ratio: figure.Median(ratios), Goal: rateGoal, Least: true, About: fmt.Sprintf(
			"%.0f records/s gate to hub to cloud, committed / %.0f through a broker that keeps nothing, n=%d x %d, PostgreSQL fsync on, which alone stores %.0f rows/s in transactions of %d",
			figure.Median(rates), figure.Median(bares), c.Records, figure.Blocks, figure.Median(alones), atOnce)}.Print(c.Out),
		figure.Figure{Name: "sync-wire", Ratio: bytes, Goal: wireGoal,
			About: fmt.Sprintf("bytes from hub to cloud / bytes of the records' JSON, n=%d", n)}.Print(c.Out),
		figure.Figure{Name: "sync-cloud", Ratio: toCloud.Seconds() / cloudGoal.Seconds() * 100_000 / float64(n), Goal: 1, About: fmt.Sprintf(
			"%.1f s for %d records hub to cloud after an outage of the cloud / 60 s for 100,000; gate to hub before that %.1f s", toCloud.Seconds(), n, toHub.Seconds())}.Print(c.Out),
		figure.Figure{Name: "sync-memory", Ratio: float64(room.own) / roomGoal, Goal: 1, About: fmt.Sprintf(
			"%d MB of the hub's own / %d MB, after %d admissions of which the cloud lacks %d; beside them %d MB of its files that the system may drop",
			room.own>>20, roomGoal>>20, 2*n, n, room.files>>20)}.Print(c.Out))
}

// outage is an evening whose cloud is away: the gate brings its records to the hub, and when the cloud is back the hub
// brings them there.
func (v *venue) outage(ctx context.Context, g *gate, n int) (toHub, toCloud time.Duration, room room, err error) {
	if err = v.cloud.Stop(); err != nil {
		return
	}
	if toHub, err = g.send(ctx, g.later(n), inHub); err != nil {
		return
	}
	if room, err = roomOf(v.hub.PID()); err != nil {
		return
	}
	if err = v.startCloud(ctx); err != nil {
		return
	}
	toCloud, err = g.send(ctx, nil, inCloud)
	return
}

// venue is a cloud and a hub with a cable between them that counts.
type venue struct {
	rig.Site
	bin      string
	api      *rig.Client // with the organizer's key
	event    string
	venue    ticket.EventID
	postgres *privatepg.Server
	cloud    *rig.Program
	hub      *rig.Program
	up       *cable
	evidence evidence
}

// note keeps evidence of a standstill, and says where it is.
func (v *venue) note(ctx context.Context, g *gate) (string, error) {
	err := v.evidence.take(ctx, v, g)
	return v.evidence.where(), err
}

func (v *venue) open(ctx context.Context, c Config) (err error) {
	v.bin = c.Bin
	if v.Dir, err = os.MkdirTemp("", "portaria-sync-"); err != nil {
		return err
	}
	ports, err := rig.FreePorts(7)
	if err != nil {
		return err
	}
	v.HubName, v.Secure = "sync-hub", true
	v.Cloud, v.Hub = rig.Place{HTTP: ports[0], MQTT: ports[1], Door: ports[5]}, rig.Place{HTTP: ports[2], MQTT: ports[3], Door: ports[6]}
	v.HubSees = rig.Place{Door: v.Cloud.Door, MQTT: ports[4]}
	if v.up, err = layCable(ports[4], v.Cloud.MQTT); err != nil {
		return err
	}
	if v.postgres, err = privatepg.Start(ctx, privatepg.Options{Durable: true}); err != nil {
		return err
	}
	if err := v.postgres.CreateDatabase(ctx, "portaria", ""); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{v.startCloud, v.equip, v.startHub} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (v *venue) startCloud(ctx context.Context) (err error) {
	if v.cloud, err = v.Launch(v.bin, "cloud", "cloud", "serve", v.CloudConfig(v.postgres.URL("portaria"))); err != nil {
		return err
	}
	return v.cloud.Ready(ctx, rig.Answers("http://"+v.Cloud.HTTP+"/health"))
}

func (v *venue) startHub(ctx context.Context) (err error) {
	if err := v.JoinHub(ctx, v.bin, v.api); err != nil {
		return err
	}
	if v.hub, err = v.Launch(v.bin, "hub", "hub", "", v.HubConfig()); err != nil {
		return err
	}
	return v.hub.Ready(ctx, rig.Answers("http://"+v.Hub.HTTP+"/status"))
}

// equip tells the cloud of an organizer, a venue with one gate, and tonight.
func (v *venue) equip(ctx context.Context) error {
	token, err := v.CloudWord("platform.token")
	if err != nil {
		return err
	}
	if v.PlatformKey, err = v.CloudWord("platform.pub"); err != nil {
		return err
	}
	platform := rig.NewClient("http://"+v.Cloud.HTTP, token)
	var organizer struct {
		ID     string `json:"id"`
		APIKey string `json:"api_key"`
	}
	if err := platform.Post(ctx, "/organizers", map[string]any{"name": "Porto Verão", "language": "pt-BR"}, &organizer); err != nil {
		return err
	}
	v.Organizer, v.api = organizer.ID, platform.As(organizer.APIKey)
	return v.furnish(ctx)
}

func (v *venue) furnish(ctx context.Context) (err error) {
	made := func(path string, body map[string]any) (id string) {
		var answer struct {
			ID string `json:"id"`
		}
		if err == nil {
			err = v.api.Post(ctx, path, body, &answer)
		}
		return answer.ID
	}
	doors := time.Now().Truncate(time.Minute).Add(-time.Hour)
	v.Venue = made("/venues", map[string]any{"name": "Theatro", "time_zone": "America/Sao_Paulo"})
	v.event = made("/events", map[string]any{"venue_id": v.Venue, "name": "Noite", "currency": "BRL", "capacity": 10,
		"doors": doors, "start": doors.Add(90 * time.Minute), "end": doors.Add(6 * time.Hour)})
	door := made("/venues/"+v.Venue+"/checkpoints", map[string]any{"name": "Entrada"})
	made("/venues/"+v.Venue+"/hubs", map[string]any{"id": v.HubName, "name": "Theatro"})
	v.Gates = []rig.Gate{{Name: "gate-1", Checkpoint: door}}
	made("/venues/"+v.Venue+"/gates", map[string]any{"id": "gate-1", "name": "gate-1", "lanes": []map[string]any{{"lane": 1, "checkpoint": door}}})
	if err != nil {
		return err
	}
	v.venue, err = ticket.ParseEventID(v.Venue)
	return err
}

func (v *venue) close() error {
	var faults []error
	for _, p := range []*rig.Program{v.hub, v.cloud} {
		if p != nil {
			faults = append(faults, p.Stop())
		}
	}
	if v.up != nil {
		v.up.close()
	}
	if v.postgres != nil {
		faults = append(faults, v.postgres.Stop())
	}
	return errors.Join(append(faults, os.RemoveAll(v.Dir))...)
}

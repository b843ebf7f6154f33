package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const (
	firstPause     = 200 * time.Millisecond // before the first new attempt; doubles up to MaxInterval
	connectTimeout = 5 * time.Second
	steady         = 10 * time.Second // a connection that lasted this long was a good one
)

// run keeps one connection after another until ctx ends. Each has a client of its own: paho's own reconnecting sleeps
// where Close cannot wake it, and carries messages over that the protocol has given up on.
func (s *Session) run(ctx context.Context) {
	defer close(s.done)
	pause, said := firstPause, time.Time{}
	w := watch{silence: s.cfg.Silence}
	for n := rand.N(len(s.urls)); ctx.Err() == nil; n++ { //nolint:gosec // spreads hubs over a cluster, no secret
		started, where := time.Now(), s.urls[n%len(s.urls)]
		err := s.once(ctx, where, &w)
		if time.Since(started) > steady {
			pause = firstPause
		}
		// Attempts that fail for hours must not fill a disk with log lines.
		if ctx.Err() == nil && time.Since(said) > time.Minute {
			said = time.Now()
			s.cfg.Log.Warn("MQTT has no connection; trying again until it is back", "to", where, "why", err)
		}
		wait(ctx, pause/2+rand.N(pause/2)) //nolint:gosec // spreads the gates of a venue, no secret
		pause = min(2*pause, s.cfg.MaxInterval)
	}
}

// once connects and serves one connection to its end.
func (s *Session) once(ctx context.Context, where string, w *watch) error {
	lost := make(chan error, 1)
	client := mqtt.NewClient(s.options(ctx, where, lost))
	if err := await(ctx, client.Connect()); err != nil {
		client.Disconnect(0)
		return fmt.Errorf("connect: %w", err)
	}
	defer client.Disconnect(100)
	if err := s.subscribe(ctx, client); err != nil {
		return err
	}
	s.cfg.Log.Info("MQTT connected", "to", where, "as", s.cfg.ClientID)
	s.link(true)
	defer s.link(false)
	w.begin(time.Now(), s.heard.Load())
	return s.serve(ctx, client, w, lost)
}

// link tells of a change. What still waited to be sent is thrown away with the connection: it would come too late.
func (s *Session) link(up bool) {
	s.up.Store(up)
	for !up && len(s.out) > 0 {
		<-s.out
	}
	s.cfg.OnLink(up)
}

func (s *Session) serve(ctx context.Context, client mqtt.Client, w *watch, lost <-chan error) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-lost:
			return fmt.Errorf("connection lost: %w", err)
		case m := <-s.out:
			client.Publish(m.topic, m.qos, m.retained, m.payload)
		case <-tick.C:
			if err := w.look(time.Now(), client.IsConnectionOpen(), s.heard.Load()); err != nil {
				return err
			}
			if err := s.catchUp(ctx, client); err != nil {
				return err
			}
		}
	}
}

// catchUp subscribes again after an overflow: a broker answers that with everything it retains.
func (s *Session) catchUp(ctx context.Context, client mqtt.Client) error {
	if len(s.in) > cap(s.in)/2 || !s.overflow.Swap(false) {
		return nil
	}
	return s.subscribe(ctx, client)
}

func (s *Session) subscribe(ctx context.Context, client mqtt.Client) error {
	if len(s.cfg.Subscribe) == 0 {
		return nil
	}
	token := client.SubscribeMultiple(s.cfg.Subscribe, nil)
	if err := await(ctx, token); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	for filter, code := range token.(*mqtt.SubscribeToken).Result() {
		if code > 2 {
			return fmt.Errorf("subscribe: the broker refuses %s to %s", filter, s.cfg.ClientID)
		}
	}
	return nil
}

func (s *Session) options(ctx context.Context, where string, lost chan<- error) *mqtt.ClientOptions {
	o := mqtt.NewClientOptions().AddBroker(where).SetClientID(s.cfg.ClientID)
	o.SetUsername(s.cfg.User).SetPassword(s.cfg.Password)
	o.SetProtocolVersion(4)
	o.SetCleanSession(true)
	o.SetStore(mqtt.NewMemoryStore()) // its FileStore neither fsyncs nor keeps the order
	o.SetKeepAlive(s.cfg.KeepAlive).SetPingTimeout(s.cfg.KeepAlive / 2)
	o.SetConnectTimeout(connectTimeout).SetWriteTimeout(connectTimeout)
	o.SetConnectRetry(false).SetAutoReconnect(false)
	// Patches must come in the order they were sent. That is safe because the handler never blocks.
	o.SetOrderMatters(true)
	o.SetDefaultPublishHandler(s.received)
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err })
	o.SetCustomOpenConnectionFn(func(where *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
		return s.cfg.Dial(ctx, where.Host)
	})
	return o
}

// await waits for a token, not much longer than a connection may take.
func await(ctx context.Context, token mqtt.Token) error {
	limit := time.NewTimer(connectTimeout + time.Second)
	defer limit.Stop()
	select {
	case <-token.Done():
		return token.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-limit.C:
		return fmt.Errorf("no answer within %s", connectTimeout)
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

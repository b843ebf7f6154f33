// Package fetch gets blobs and secrets from the hub over HTTP.
//
// A blob is named by its SHA-256 and never changes, so a broken transfer goes on where it stopped. Whether the bytes
// are the named ones is checked here too: a caller never sees others.
package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"portaria/edge/ticket"
	"portaria/edge/whitelist"
)

const (
	attempts   = 4                // of one blob, each going on where the last stopped
	headerTime = 5 * time.Second  // to the first byte of an answer
	stallTime  = 10 * time.Second // without a byte
	secretsLen = 4 << 10
)

// ErrStatus is an answer other than the one that was asked for.
var ErrStatus = errors.New("the hub answered")

// Hub is where blobs come from.
type Hub struct {
	base   string
	client *http.Client
	gate   string
}

// Dial opens a TLS connection to the hub and checks who is there.
type Dial = func(ctx context.Context, network, address string) (net.Conn, error)

// New takes the hub's address, http://host:port, and the gate's name, which it tells the hub. For https it needs a dial.
func New(address, gate string, dial Dial) (*Hub, error) {
	where, err := url.Parse(address)
	if err != nil || where.Scheme != "http" && (where.Scheme != "https" || dial == nil) || where.Host == "" {
		return nil, fmt.Errorf("hub address %q is not like http://host:8080", address)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // the hub is in the same building
	transport.DialTLSContext = dial
	transport.ResponseHeaderTimeout = headerTime
	transport.DisableCompression = true
	transport.MaxIdleConnsPerHost = 8
	return &Hub{base: strings.TrimSuffix(address, "/"), client: &http.Client{Transport: transport}, gate: gate}, nil
}

// Close lets go of idle connections.
func (h *Hub) Close() { h.client.CloseIdleConnections() }

// Blob gets the blob of that name, of at most limit bytes.
func (h *Hub) Blob(ctx context.Context, name whitelist.Hash, limit int64) ([]byte, error) {
	var got []byte
	var err error
	for try := 0; try < attempts; try++ {
		if got, err = h.more(ctx, name, got, limit); err == nil {
			if err = name.Check(got); err != nil {
				return nil, fmt.Errorf("fetch blob: %w", err)
			}
			return got, nil
		}
		if ctx.Err() != nil || errors.Is(err, ErrStatus) || errors.Is(err, errTooLong) {
			break
		}
	}
	return nil, fmt.Errorf("fetch blob %s: %w", name, err)
}

var errTooLong = errors.New("longer than it may be")

// more asks for what is missing of a blob, and returns all that is there, with an error while it is not whole.
func (h *Hub) more(ctx context.Context, name whitelist.Hash, have []byte, limit int64) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := h.request(ctx, "/blobs/"+name.String())
	if err != nil {
		return have, err
	}
	if len(have) > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", len(have)))
	} else {
		req.Header.Set("Accept-Encoding", "zstd")
	}
	answer, err := h.client.Do(req)
	if err != nil {
		return have, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
		have = nil
	case http.StatusPartialContent:
	default:
		return have, fmt.Errorf("%w %s", ErrStatus, answer.Status)
	}
	body := stalling(answer.Body, cancel)
	if answer.Header.Get("Content-Encoding") == "zstd" {
		return unpack(body, limit)
	}
	return appendAll(have, body, limit)
}

func appendAll(have []byte, body io.Reader, limit int64) ([]byte, error) {
	rest, err := io.ReadAll(io.LimitReader(body, limit-int64(len(have))+1))
	have = append(have, rest...)
	if int64(len(have)) > limit {
		return nil, errTooLong
	}
	return have, err
}

// unpack reads a compressed blob. One that breaks off starts anew: what was unpacked cannot be asked to go on.
func unpack(body io.Reader, limit int64) ([]byte, error) {
	in, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20), zstd.WithDecoderMaxWindow(8<<20))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := appendAll(nil, in, limit)
	if err != nil {
		return nil, err
	}
	return raw, nil
}

// stalling cancels a transfer that has stopped moving.
func stalling(body io.Reader, cancel func()) io.Reader {
	timer := time.AfterFunc(stallTime, cancel)
	return readerFunc(func(p []byte) (int, error) {
		n, err := body.Read(p)
		if timer.Reset(stallTime); err != nil {
			timer.Stop()
		}
		return n, err
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Secrets gets the secrets of an event's list, as the cloud said them when the list had come to this epoch; 0 = whenever.
func (h *Hub) Secrets(ctx context.Context, event ticket.EventID, epoch uint64) (whitelist.Secrets, error) {
	var secrets whitelist.Secrets
	ctx, cancel := context.WithTimeout(ctx, stallTime)
	defer cancel()
	err := h.secrets(ctx, event, epoch, &secrets)
	if err == nil && (secrets.List == [32]byte{} || secrets.Ref == [32]byte{}) {
		err = errors.New("they are empty")
	}
	if err == nil && secrets.Newest < epoch {
		err = fmt.Errorf("the hub has them as of epoch %d, asked for was %d", secrets.Newest, epoch)
	}
	if err != nil {
		return whitelist.Secrets{}, fmt.Errorf("fetch the secrets of event %s: %w", event, err)
	}
	return secrets, nil
}

func (h *Hub) secrets(ctx context.Context, event ticket.EventID, epoch uint64, into *whitelist.Secrets) error {
	req, err := h.request(ctx, "/secrets/"+event.String()+"?epoch="+strconv.FormatUint(epoch, 10))
	if err != nil {
		return err
	}
	answer, err := h.client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%w %s", ErrStatus, answer.Status)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, secretsLen)).Decode(into); err != nil {
		return errors.New("the answer is not secrets") // the decoder's error could quote them
	}
	return nil
}

func (h *Hub) request(ctx context.Context, path string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.base+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "portaria-edge/"+h.gate)
	return req, nil
}

package rig

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Client speaks to the cloud's public API as an organizer's own program would.
type Client struct {
	base string // ends in /api/v1
	key  string
	http *http.Client
}

// NewClient speaks to the cloud at an address, http://host:port, with a key.
func NewClient(address, key string) *Client {
	return &Client{base: address + "/api/v1", key: key, http: &http.Client{Timeout: 30 * time.Second}}
}

// As is the same API with another key.
func (c *Client) As(key string) *Client { return &Client{base: c.base, key: key, http: c.http} }

// Problem is an RFC 9457 answer.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Status int    `json:"status"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

func (p Problem) Error() string {
	text := fmt.Sprintf("%d %s %s", p.Status, p.Title, p.Detail)
	for _, e := range p.Errors {
		text += fmt.Sprintf(" (%s: %s)", e.Location, e.Message)
	}
	return text
}

// Post makes something. Each call carries an idempotency key, as a careful client's does.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.Do(ctx, http.MethodPost, path, in, out)
}

// Get reads something.
func (c *Client) Get(ctx context.Context, path string, out any) error {
	return c.Do(ctx, http.MethodGet, path, nil, out)
}

// Do is any call. In is sent as JSON unless it is nil; the answer goes into out unless that is nil.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	raw, err := c.raw(ctx, method, path, in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: understand the answer: %w", method, path, err)
	}
	return nil
}

func (c *Client) raw(ctx context.Context, method, path string, in any) ([]byte, error) {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.key)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost {
		request.Header.Set("Idempotency-Key", rand.Text())
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(response.Body, 32<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusBadRequest {
		return nil, asProblem(response, raw)
	}
	return raw, nil
}

func asProblem(response *http.Response, raw []byte) error {
	p := Problem{Status: response.StatusCode}
	if json.Unmarshal(raw, &p) != nil || p.Title == "" {
		p.Title = response.Status
	}
	return p
}

// page is one page of a list.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// All reads every page of a list.
func All[T any](ctx context.Context, c *Client, path string, query url.Values) (items []T, err error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "200")
	for {
		var p page[T]
		if err := c.Get(ctx, path+"?"+query.Encode(), &p); err != nil {
			return nil, err
		}
		items = append(items, p.Items...)
		// Some lists go on for ever: their next stays as it was until there is something new.
		if p.Next == "" || len(p.Items) == 0 && p.Next == query.Get("after") {
			return items, nil
		}
		query.Set("after", p.Next)
	}
}

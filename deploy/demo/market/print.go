package market

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"portaria/scanner-sim/paper"
)

// pageLimit is how long a page may take, as for a browser that shows one.
const pageLimit = time.Minute

// Download saves an order's tickets as its buyer gets them: from the order's page, with no key but its address.
func Download(ctx context.Context, o Order, path string) error {
	pdf, err := fetch(ctx, o.PageURL+"/tickets.pdf")
	if err != nil {
		return fmt.Errorf("download the tickets of order %s: %w", o.ID, err)
	}
	return os.WriteFile(path, pdf, 0o600)
}

// ReadBack reads both codes off every page of an order's PDF and finds them among its tickets.
func ReadBack(ctx context.Context, dir string, o Order, tickets []Ticket) (path string, pages int, err error) {
	path = filepath.Join(dir, o.ID+".pdf")
	if err := Download(ctx, o, path); err != nil {
		return "", 0, err
	}
	for _, t := range tickets {
		if t.OrderID == o.ID && t.State == "good" {
			pages++
		}
	}
	for page := 1; page <= pages; page++ {
		signed, err := paper.Read(ctx, path, page, paper.QR)
		if err != nil {
			return "", 0, err
		}
		short, err := paper.Read(ctx, path, page, paper.Code128)
		if err != nil {
			return "", 0, err
		}
		printed := func(t Ticket) bool { return t.OrderID == o.ID && t.Code == signed && t.ShortCode == short }
		if !slices.ContainsFunc(tickets, printed) {
			return "", 0, fmt.Errorf("page %d of order %s shows %.20s… and %s, which are not its tickets", page, o.ID, signed, short)
		}
	}
	return path, pages, nil
}

func fetch(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := (&http.Client{Timeout: pageLimit}).Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", address, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, 32<<20))
}

package api

import (
	"cmp"
	"net/http"
	"slices"

	"portaria/cloud/internal/account"
	"portaria/cloud/internal/catalog"
	"portaria/cloud/internal/catalog/bulk"
	"portaria/cloud/internal/catalog/dates"
	"portaria/cloud/internal/fault"
	"portaria/cloud/internal/sale"
	"portaria/cloud/internal/scan"
	"portaria/cloud/internal/stock"
)

// refusals are all that the domain may say, for the list of problems. A test finds any that is missing.
func refusals() []*fault.Fault {
	return append(append(gateRefusals(), scan.Refusals()...),
		account.ErrBadKey, errStale, errTooFast, errNoScope, errOtherBody, errStillRunning,
		catalog.ErrNotForSale, catalog.ErrNothingSold, catalog.ErrSoldAbove, catalog.ErrKindsSpent, catalog.ErrCancelled,
		dates.ErrTooMany, bulk.ErrTooMany, bulk.ErrNone, bulk.ErrUndone, bulk.ErrNeverThen,
		stock.ErrSoldOut,
		sale.ErrTooMany, sale.ErrExpired, sale.ErrAlreadyPaid, sale.ErrNotPaid, sale.ErrRefunded,
		sale.ErrNoProvider, sale.ErrProviderDown, sale.ErrForgedNotice, sale.ErrOddNotice,
	)
}

// listed is every problem, by code.
func listed() []*Problem {
	all := []*Problem{
		newProblem(http.StatusNotFound, "not_found", "There is no such thing, or it belongs to another organizer."),
		newProblem(http.StatusUnprocessableEntity, "invalid_input", "The input cannot be right; errors or field say where."),
		newProblem(http.StatusBadRequest, "bad_request", "The request is not well formed."),
		newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take this method."),
		newProblem(http.StatusRequestTimeout, "body_too_slow", "The body did not come in time."),
		newProblem(http.StatusRequestEntityTooLarge, "body_too_large", "The body is larger than this operation takes."),
		newProblem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON."),
		newProblem(http.StatusNotAcceptable, "not_acceptable", "Accept JSON."),
		newProblem(http.StatusServiceUnavailable, "interrupted", "The request was interrupted. Send it again."),
		internalProblem(),
	}
	for _, f := range refusals() {
		all = append(all, problemOf(f))
	}
	slices.SortFunc(all, func(a, b *Problem) int { return cmp.Compare(a.Code, b.Code) })
	return slices.CompactFunc(all, func(a, b *Problem) bool { return a.Code == b.Code })
}

// Codes are the codes of every problem that is listed.
func Codes() []string {
	all := listed()
	codes := make([]string, len(all))
	for i, p := range all {
		codes[i] = p.Code
	}
	return codes
}

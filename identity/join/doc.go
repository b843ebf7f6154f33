// Package join is how a machine becomes known: a gate to its hub, and a hub to the cloud, in the same way.
//
// The guest has an invitation (identity.Invitation) and makes a key of its own. Over TLS to the host it sends a
// certificate request with a proof that it knows the token; the host answers with its own proof. Both proofs are bound to
// this TLS connection, so a token that was typed, with no fingerprint to hold a certificate to, is enough to tell the
// right host from somebody in between. Both machines can then show the same four words. The host hands over a Grant, at
// once or when a person has said yes: a certificate whose name the host chose, the roots, and what the guest must know of
// its place. Later the guest renews it with the certificate itself.
//
// Who is invited, how often a token may be tried, and who may renew, is the Host's to say.
package join

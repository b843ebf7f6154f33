// Package identity says who is who on the links of Portaria: certificates of gates, hubs, observers and the cloud, who
// may sign for whom, and the codes by which a new machine joins.
//
// A root, kept apart, signs the cloud's issuers. An issuer signs the certificates of hubs and of the cloud's own
// listeners, and for each hub a venue CA whose key never leaves that hub: with it the hub signs its gates, its observers
// and the certificate of its own listeners, with no internet. A venue CA is bound to its venue twice: by an X.509 name
// constraint, which any TLS library enforces, and by the rules of Verify.
//
// Who somebody is stands in one URI in the certificate (Subject), never in a host name: a hub may move to another
// address. Whether a certificate that verifies is still wanted (removed, replaced) is for its issuer's roll to say, and
// not known here.
//
// docs/security.md has the whole story.
package identity

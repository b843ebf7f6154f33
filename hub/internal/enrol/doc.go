// Package enrol is the hub's roll: which gates and observers belong to this hub, with which keys; whom it has invited;
// who waits for a person to say yes.
//
// For a page or a command: Invite gives the code that a gate scans or somebody types; Waiting shows who has used one,
// with the four words that the gate shows too; Approve or Refuse decides; Remove throws out, and Invite for a name that
// is there replaces its machine once the new one is approved. Members is the roll.
//
// For listeners: Judge says of a verified certificate whether it is still wanted. The roll is asked for every connection
// and every request, so that whoever is removed is out at once; Config.Gone hears of it, to cut what is open.
//
// Self (self.go) is the hub's own identity. Who may sign for whom is in package identity, how a guest comes in package
// join.
package enrol

// Package scan answers telephones and standard scanners over the API: who may scan where, what the code is, who decides,
// and the same answer to whoever sends the same scan again.
//
// It decides nothing about admission: the arbiter of the venue does (package arbiter, or the venue's hub), and codes are
// looked up in the very lists that gates have (package lookup). What it keeps is which device belongs to whom, and what was
// answered.
package scan

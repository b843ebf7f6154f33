// Package lookup says what a scanned text is: which event's list has it, under which reading, or whose key signed it. Gates
// and whoever judges for telephones ask the same lists in the same way.
//
// It decides nothing: whether the code may pass is for admit to say.
package lookup

package admit_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"portaria/edge/admit"
	"portaria/edge/whitelist"
)

func TestEachFieldOfARecordChangesItsSum(t *testing.T) {
	seen := map[uint64]string{}
	note := func(name string, sum uint64) {
		assert.NotContains(t, seen, sum, "%s makes no difference: %s", name, seen[sum])
		seen[sum] = name
	}
	var ref whitelist.Ref
	var r admit.Record
	note("nothing", admit.Sum(ref, &r))
	note("the ref", admit.Sum(whitelist.Ref{1}, &r))
	for i := range reflect.TypeFor[admit.Record]().NumField() {
		r = admit.Record{}
		switch f := reflect.ValueOf(&r).Elem().Field(i); f.Kind() { //nolint:exhaustive // the kinds that there are
		case reflect.String:
			f.SetString("x")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.Array:
			f.Index(3).SetUint(9)
		default:
			t.Fatalf("a field of kind %s is not summed yet", f.Kind())
		}
		note(reflect.TypeFor[admit.Record]().Field(i).Name, admit.Sum(ref, &r))
	}
}

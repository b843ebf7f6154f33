package roster_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"

	"portaria/cloud/internal/gatehouse/roster"
)

var doors = map[string]uuid.UUID{"Portão A": {1}, "VIP": {2}}

func TestAListOfPeopleIsReadLineByLine(t *testing.T) {
	lines := roster.Parse("Nome;Função;Portas\r\nAna Souza;supervisora;Portão A|vip\n\n\"Rui Lima\";;\nAna Souza\nBia;;Porta X\nZé;rei\n;porteiro\nJá Está\n"+
		strings.Repeat("W", 101)+"\nNul\x00o", doors, []string{"já está"})
	got := map[int]roster.Line{}
	for _, l := range lines {
		got[l.Number] = l
	}
	assert.Len(t, lines, 9, "heads and empty lines are no people")
	assert.Equal(t, []uuid.UUID{{1}, {2}}, lines[0].Doors)
	assert.True(t, lines[0].Supervisor)
	assert.Equal(t, "Rui Lima", lines[1].Name)
	faults := []roster.Fault{}
	for _, l := range lines[2:] {
		faults = append(faults, l.Fault)
	}
	assert.Equal(t, []roster.Fault{roster.Twice, roster.Door, roster.Rank, roster.NoName, roster.There, roster.LongName, roster.BadText}, faults)
	assert.Equal(t, "Porta X", lines[3].About)
}

func TestAListIsPartedAsItsFirstLineIs(t *testing.T) {
	assert.Equal(t, "Souza, Ana", roster.Parse("Souza, Ana;supervisor", doors, nil)[0].Name)
	assert.True(t, roster.Parse("Ana\tsupervisor\tVIP", doors, nil)[0].Supervisor)
	assert.True(t, roster.Parse("\ufeffAna,supervisor", doors, nil)[0].Supervisor)
	assert.Len(t, roster.Parse(strings.Repeat("x\n", 5000), doors, nil), roster.MaxLines+1)
}

func FuzzParse(f *testing.F) {
	f.Add("Nome;Função\nAna;supervisora;Portão A|VIP")
	f.Add("Ana\tRui\t\"")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range roster.Parse(text, doors, []string{"ana"}) {
			if l.Fault == "" && (strings.TrimSpace(l.Name) == "" || len(l.Name) > 400) {
				t.Fatalf("%q is no name", l.Name)
			}
		}
	})
}

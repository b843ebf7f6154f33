package output_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"portaria/edge/internal/output"
	firmwareconfig "portaria/firmware-config"
)

// play runs a script of "ms what" lines on a profile and returns what was switched and told, each with its time.
func play(t *testing.T, profile firmwareconfig.Gate, script string, until int) string {
	t.Helper()
	s := output.NewSequence(profile)
	var log []string
	now := time.Duration(0)
	take := func() {
		sets, told := s.Take()
		for _, set := range sets {
			log = append(log, fmt.Sprintf("%d %s %s", now.Milliseconds(), set.Line, map[bool]string{true: "on", false: "off"}[set.On]))
		}
		for _, h := range told {
			log = append(log, fmt.Sprintf("%d told %s %v %d", now.Milliseconds(), h.Kind, h.On, h.Count))
		}
	}
	to := func(end time.Duration) {
		for next, due := s.Next(); due && next <= end; next, due = s.Next() {
			require.GreaterOrEqual(t, next, now, "time never falls")
			now = next
			s.Advance(now)
			take()
		}
		now = end
	}
	for _, line := range strings.Split(strings.TrimSpace(script), "\n") {
		var at int
		var what, arg string
		_, _ = fmt.Sscan(line, &at, &what, &arg)
		to(time.Duration(at) * time.Millisecond)
		switch what {
		case "unlock":
			s.Unlock(now, arg == "exit")
		case "release":
			s.Release(now)
		case "say":
			s.Say(now, arg)
		case "rests":
			s.Idle(now, arg)
		case "active", "idle":
			s.Contact(now, arg, what == "active")
		default:
			require.Fail(t, "no such word: "+line)
		}
		take()
	}
	to(time.Duration(until) * time.Millisecond)
	return strings.Join(log, "\n")
}

func profile(t *testing.T, name string) firmwareconfig.Gate {
	t.Helper()
	p, err := firmwareconfig.GateNamed(name)
	require.NoError(t, err)
	return p
}

func quiet(p firmwareconfig.Gate) firmwareconfig.Gate {
	p.Signs = nil
	return p
}

func TestWhatMovesWhen(t *testing.T) {
	rows := []struct {
		name, profile, script string
		until                 int
		want                  []string
	}{
		{"a pulse has its length and no more", "perco-turnstile", "0 unlock", 9000, []string{"0 unlock_a on", "100 unlock_a off"}},
		{"a release does not cut a pulse short", "perco-turnstile", "0 unlock\n10 release", 9000, []string{"0 unlock_a on", "100 unlock_a off"}},
		{"the way out has its own line", "perco-turnstile", "0 unlock exit", 9000, []string{"0 unlock_b on", "100 unlock_b off"}},
		{"one line for both where there is only one", "drop-arm", "0 unlock exit", 9000, []string{"0 unlock_a on", "100 unlock_a off"}},
		{"the next pulse waits for the reopening time", "perco-turnstile", "0 unlock\n150 unlock", 9000,
			[]string{"0 unlock_a on", "100 unlock_a off", "400 unlock_a on", "500 unlock_a off"}},
		{"who waits for the reopening is not forgotten by a release", "perco-turnstile", "0 unlock\n150 unlock\n150 release", 9000,
			[]string{"0 unlock_a on", "100 unlock_a off", "400 unlock_a on", "500 unlock_a off"}},
		{"never both ways at once", "perco-turnstile", "0 unlock\n50 unlock exit", 9000,
			[]string{"0 unlock_a on", "50 unlock_a off", "350 unlock_b on", "450 unlock_b off"}},
		{"somebody passes", "perco-turnstile", "0 unlock\n900 active passage_a\n1100 idle passage_a", 9000,
			[]string{"0 unlock_a on", "100 unlock_a off", "920 told passed false 1"}},
		{"a bounce is no passage", "perco-turnstile", "0 unlock\n900 active passage_a\n910 idle passage_a\n915 active passage_a\n925 idle passage_a", 9000,
			[]string{"0 unlock_a on", "100 unlock_a off"}},
		{"a bouncing contact passes once", "perco-turnstile", "0 unlock\n900 active passage_a\n905 idle passage_a\n910 active passage_a\n1200 idle passage_a\n1205 active passage_a\n1210 idle passage_a", 9000,
			[]string{"0 unlock_a on", "100 unlock_a off", "930 told passed false 1"}},
		{"somebody goes out where one was let in", "perco-turnstile", "0 unlock\n900 active passage_b", 9000,
			[]string{"0 unlock_a on", "100 unlock_a off", "920 told wrong_way false 1"}},
		{"somebody passes though nobody was let in", "perco-turnstile", "0 active passage_b", 9000, []string{"20 told passed false 1"}},
		{"a strike holds until the door opens", "door-strike", "0 unlock\n2000 active passage_a", 9000,
			[]string{"0 unlock_a on", "2050 unlock_a off", "2050 told passed false 1"}},
		{"a strike is let go when nobody is waited for", "door-strike", "0 unlock\n5000 release", 9000, []string{"0 unlock_a on", "5000 unlock_a off"}},
		{"a strike is never on for ever", "door-strike", "0 unlock", 9000, []string{"0 unlock_a on", "6000 unlock_a off"}},
		{"a strike whose decision ends at once still opens", "door-strike", "0 unlock\n0 release", 9000, []string{"0 unlock_a on", "1000 unlock_a off"}},
		{"a post presumes", "handheld-post", "0 unlock", 9000, []string{"1500 told passed false 1"}},
		{"a post presumes nothing where the checkpoint has no contact", "handheld-post", "0 unlock\n0 release", 9000, nil},
		{"fire is told and moves nothing", "perco-turnstile", "0 active fire\n5000 idle fire", 9000, []string{"100 told fire true 0", "5100 told fire false 0"}},
		{"an opened housing is told", "door-strike", "0 active tamper", 9000, []string{"100 told tamper true 0"}},
		{"a line the profile does not know is no news", "handheld-post", "0 active tamper", 9000, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, strings.Join(row.want, "\n"), play(t, quiet(profile(t, row.profile)), row.script, row.until))
		})
	}
}

func TestWhatLampsAndBuzzerSay(t *testing.T) {
	p := profile(t, "handheld-post")
	rows := []struct {
		name, script string
		until        int
		want         []string
	}{
		{"admitted: green, one short tone", "0 say admit", 9000, []string{"0 lamp_green on", "0 buzzer on", "120 buzzer off", "4000 lamp_green off"}},
		{"refused: red, one long tone", "0 say refuse", 9000, []string{"0 lamp_red on", "0 buzzer on", "700 buzzer off", "4000 lamp_red off"}},
		{"look: amber blinks beside the green, two tones", "0 say attend", 900, []string{"0 lamp_green on", "0 lamp_amber on", "0 buzzer on",
			"80 buzzer off", "160 buzzer on", "240 buzzer off", "400 lamp_amber off", "600 lamp_amber on"}},
		{"a new sign takes the old one's place", "0 say admit\n1000 say refuse\n1100 say rest", 9000, []string{"0 lamp_green on", "0 buzzer on", "120 buzzer off",
			"1000 lamp_green off", "1000 lamp_red on", "1000 buzzer on", "1100 lamp_red off", "1100 buzzer off"}},
		{"trouble blinks until something else is said", "0 say trouble\n2500 say rest", 9000, []string{"0 lamp_amber on", "1000 lamp_amber off", "2000 lamp_amber on", "2500 lamp_amber off"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, strings.Join(row.want, "\n"), play(t, p, row.script, row.until))
		})
	}
	assert.Contains(t, play(t, p, "0 say attend", 9000), "6000 lamp_green off", "and all is dark again")
	assert.NotContains(t, play(t, p, "0 say attend", 20000)[len("0 "):], "\n6400", "the amber lamp too")
}

// TestEveryProfilePlaysAnAdmission instantiates each profile: one person is shown green, let through, and all is at rest
// again.
func TestEveryProfilePlaysAnAdmission(t *testing.T) {
	all, err := firmwareconfig.Gates()
	require.NoError(t, err)
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			script := "0 unlock\n0 say admit"
			if p.Passage.Fitted {
				script += "\n800 active passage_a\n1000 idle passage_a\n1000 release"
			}
			got := play(t, p, script, 20_000)
			assert.Equal(t, 1, strings.Count(got, "told passed"), got)
			assert.Equal(t, strings.Count(got, " on"), strings.Count(got, " off"), got)
			assert.Contains(t, got, "0 lamp_green on")
			assert.Equal(t, p.Unlock.Mode != "none", strings.Contains(got, "0 unlock_a on"), got)
		})
	}
}

func TestAClosedSequenceSwitchesEverythingOffWhateverItWas(t *testing.T) {
	s := output.NewSequence(profile(t, "perco-turnstile"))
	s.Unlock(0, false)
	s.Close()
	sets, _ := s.Take()
	var off []string
	for _, set := range sets {
		assert.False(t, set.On)
		off = append(off, set.Line)
	}
	assert.ElementsMatch(t, []string{"unlock_a", "unlock_b", "lamp_green", "lamp_amber", "lamp_red", "buzzer"}, off)
	_, due := s.Next()
	assert.False(t, due)
}

func TestTroubleIsSaidBetweenTwoGuests(t *testing.T) {
	p := profile(t, "trial")
	p.Signs = slices.DeleteFunc(p.Signs, func(s firmwareconfig.Sign) bool { return s.Line == "buzzer" })
	log := play(t, p, "0 rests trouble\n500 say admit\n6000 rests rest", 7000)
	assert.Equal(t, strings.Join([]string{"0 lamp_amber on", "500 lamp_green on", "500 lamp_amber off", "4500 lamp_green off",
		"4500 lamp_amber on", "5500 lamp_amber off"}, "\n"), log, "a second on, a second off, from the guest's end")
}

func TestATestLightsEverythingAtOnceAndIsNobodysGreen(t *testing.T) {
	log := play(t, profile(t, "trial"), "0 say test", 5000)
	for _, at := range []string{"0", "500", "1000"} {
		for _, line := range []string{"lamp_green", "lamp_amber", "lamp_red", "buzzer"} {
			assert.Contains(t, log, at+" "+line+" on")
		}
	}
	assert.Equal(t, 12, strings.Count(log, " on"))
	assert.NotContains(t, log, "unlock")
	assert.Empty(t, play(t, firmwareconfig.Gate{Unlock: firmwareconfig.Unlock{Mode: "none"}}, "0 say test\n1000 rests trouble", 5000))
}

package panel

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portaria/edge/admit"
	"portaria/edge/internal/output"
	"portaria/edge/internal/scanner"
)

var (
	scans = prometheus.NewDesc("portaria_edge_passages_total", "People let in, let out and refused since the start.",
		[]string{"lane", "way"}, nil)
	scannerUp = prometheus.NewDesc("portaria_edge_scanner_up", "1 while the lane's scanner is plugged in.", []string{"lane"}, nil)
	outputUp  = prometheus.NewDesc("portaria_edge_output_up", "1 while the lane's outputs can be moved.", []string{"lane"}, nil)
	hubUp     = prometheus.NewDesc("portaria_edge_hub_up", "1 while the hub answers.", nil, nil)
	unsettled = prometheus.NewDesc("portaria_edge_unsettled", "Admissions whose end a power cut took, until a supervisor settles them.", nil, nil)
	onDuty    = prometheus.NewDesc("portaria_edge_on_duty", "1 while a controller is on duty at the lane.", []string{"lane"}, nil)
	clockSet  = prometheus.NewDesc("portaria_edge_clock_known", "1 while the gate knows the time.", nil, nil)
	pending   = prometheus.NewDesc("portaria_edge_journal_pending", "Records not yet confirmed by the cloud.", nil, nil)
	listAge   = prometheus.NewDesc("portaria_edge_list_age_seconds", "Seconds since the list in force was issued.", []string{"event"}, nil)
)

// registry makes the gate's figures from its status, so that there is nothing to keep in step.
func registry(gate Gate) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{gate})
	return r
}

type collector struct{ gate Gate }

// Describe names the figures.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{scans, scannerUp, outputUp, hubUp, unsettled, onDuty, clockSet, pending, listAge} {
		to <- d
	}
}

// Collect reads them.
func (c collector) Collect(to chan<- prometheus.Metric) {
	st := c.gate.Status()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(hubUp, one(st.Hub.Up))
	gauge(pending, float64(st.Journal))
	gauge(unsettled, float64(len(st.Unknown)))
	gauge(clockSet, one(st.Clock != admit.ClockIsUnset))
	for _, l := range st.Lanes {
		number := strconv.Itoa(l.Lane)
		gauge(scannerUp, one(l.Scanner == scanner.Ready), number)
		gauge(outputUp, one(l.Output == output.Ready), number)
		gauge(onDuty, one(l.Controller != ""), number)
		for way, n := range map[string]int{"in": l.In, "out": l.Out, "refused": l.Refused} {
			to <- prometheus.MustNewConstMetric(scans, prometheus.CounterValue, float64(n), number, way)
		}
	}
	for _, l := range st.Lists {
		if l.Issued != 0 {
			gauge(listAge, time.UnixMilli(st.At).Sub(time.Unix(l.Issued, 0)).Seconds(), l.Event.String())
		}
	}
}

func one(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

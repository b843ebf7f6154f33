package hub

import "github.com/prometheus/client_golang/prometheus"

// metrics counts, and never names a ticket.
func (h *Hub) metrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{h})
	return registry
}

var (
	gateUp    = prometheus.NewDesc("portaria_hub_gate_up", "1 while the gate is connected.", []string{"gate"}, nil)
	gateHeld  = prometheus.NewDesc("portaria_hub_gate_records", "Records of the gate's newest run held here.", []string{"gate"}, nil)
	cloudUp   = prometheus.NewDesc("portaria_hub_cloud_up", "1 while the cloud is connected.", nil, nil)
	pending   = prometheus.NewDesc("portaria_hub_records_pending", "Records not yet confirmed by the cloud.", nil, nil)
	ready     = prometheus.NewDesc("portaria_hub_ready", "1 while rulings are given.", nil, nil)
	refused   = prometheus.NewDesc("portaria_hub_messages_refused_total", "Messages of gates that could not be taken.", nil, nil)
	diskUsed  = prometheus.NewDesc("portaria_hub_disk_percent", "Percent of the room for records that is used.", nil, nil)
	listEpoch = prometheus.NewDesc("portaria_hub_list_epoch", "Epoch of the list held.", []string{"event"}, nil)
	listAge   = prometheus.NewDesc("portaria_hub_list_age_seconds", "Seconds since the list was signed.", []string{"event"}, nil)
)

// collector reads the hub when it is asked, so that nothing is counted twice.
type collector struct{ hub *Hub }

func (c collector) Describe(out chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, out) }

func (c collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	s := c.hub.Status()
	for _, g := range s.Gates {
		gauge(gateUp, truth(g.Connected), g.Gate)
		gauge(gateHeld, float64(g.Held), g.Gate)
	}
	for _, l := range s.Lists {
		gauge(listEpoch, float64(l.Epoch), l.Event.String())
		gauge(listAge, float64(l.Age), l.Event.String())
	}
	gauge(cloudUp, truth(s.Cloud.Connected))
	gauge(pending, float64(s.Cloud.Pending))
	gauge(ready, truth(s.Ready))
	gauge(diskUsed, float64(s.Disk.Percent))
	out <- prometheus.MustNewConstMetric(refused, prometheus.CounterValue, float64(s.Messages.Count))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Package brokers runs outside MQTT brokers of one's own, as docs/scaling.md sets them up: Debian's mosquitto, and the
// NATS server alone or as a cluster of three. Tests kill and restart them.
package brokers

import (
	"context"
	"embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed mosquitto.conf mosquitto.acl nats.conf
var files embed.FS

// Password is every user's.
const Password = "only-for-tests"

const patience = 15 * time.Second // for a broker to listen

// Node is one broker process.
type Node struct {
	URL  string // tcp://host:port
	args []string
	log  string
	cmd  *exec.Cmd
}

// Start starts the process, again after Kill, and returns when it listens.
func (n *Node) Start() error {
	out, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the broker's log: %w", err)
	}
	defer func() { _ = out.Close() }() // the process has its own
	n.cmd = exec.Command(n.args[0], n.args[1:]...)
	n.cmd.Stdout, n.cmd.Stderr = out, out
	if err := n.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", n.args[0], err)
	}
	return n.listening()
}

func (n *Node) listening() error {
	deadline := time.Now().Add(patience)
	for {
		conn, err := net.DialTimeout("tcp", strings.TrimPrefix(n.URL, "tcp://"), time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			said, _ := os.ReadFile(n.log) // what there is
			return fmt.Errorf("%s does not listen: %w; it said: %s", n.args[0], err, said)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Kill ends the process as a power cut does.
func (n *Node) Kill() {
	if n.cmd != nil {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait() // it was killed
		n.cmd = nil
	}
}

// Mosquitto prepares Debian's mosquitto in a folder, with the clouds cloud-1 and cloud-2 and these hubs.
func Mosquitto(ctx context.Context, dir string, hubs []string) (*Node, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	passwords := ""
	for _, user := range append([]string{"cloud-1", "cloud-2"}, hubs...) {
		passwords += user + ":" + Password + "\n"
	}
	conf := fill("mosquitto.conf", "{{dir}}", dir, "{{port}}", port, "{{address}}", "127.0.0.1")
	if os.Geteuid() == 0 {
		conf += "user root\n" // else it gives up the rights to its folder
	}
	for name, text := range map[string]string{"passwords": passwords, "acl": fill("mosquitto.acl"), "conf": conf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, fmt.Errorf("prepare mosquitto: %w", err)
		}
	}
	if out, err := exec.CommandContext(ctx, "mosquitto_passwd", "-U", filepath.Join(dir, "passwords")).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("hash mosquitto's passwords: %w: %s", err, out)
	}
	program, err := exec.LookPath("mosquitto")
	if err != nil {
		program = "/usr/sbin/mosquitto" // Debian's place, not in everyone's PATH
	}
	return &Node{URL: "tcp://127.0.0.1:" + port, log: filepath.Join(dir, "log"),
		args: []string{program, "-c", filepath.Join(dir, "conf")}}, nil
}

// NATS prepares a NATS server of one node, or a cluster of three. Its program is built from the pinned module.
func NATS(ctx context.Context, dir string, nodes int, hubs []string) ([]*Node, error) {
	program, err := buildNATS(ctx)
	if err != nil {
		return nil, err
	}
	ports := make([][3]string, nodes) // MQTT, NATS, routes
	var routes []string
	for i := range ports {
		for k := range ports[i] {
			if ports[i][k], err = freePort(ctx); err != nil {
				return nil, err
			}
		}
		routes = append(routes, "nats://127.0.0.1:"+ports[i][2])
	}
	users := ""
	for _, hub := range hubs {
		users += fmt.Sprintf(`    { user: %q, password: %q, permissions: {
      publish: ["portaria.1.hub.%[3]s.events", "portaria.1.hub.%[3]s.state", "portaria.1.hub.%[3]s.want"],
      subscribe: ["portaria.1.hub.%[3]s.>", "$MQTT.sub.>"] } }
`, hub, Password, hub)
	}
	out := make([]*Node, nodes)
	for i, port := range ports {
		name, cluster := fmt.Sprintf("n%d", i+1), ""
		if nodes > 1 {
			cluster = fmt.Sprintf("cluster { name: portaria, listen: \"127.0.0.1:%s\", routes: [%s] }", port[2], strings.Join(routes, ", "))
		}
		conf := fill("nats.conf", "{{name}}", name, "{{dir}}", dir, "{{address}}", "127.0.0.1", "{{port}}", port[0],
			"{{client_port}}", port[1], "{{cluster}}", cluster, "{{password}}", Password, "{{hubs}}", users)
		path := filepath.Join(dir, name+".conf")
		if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
			return nil, fmt.Errorf("prepare NATS: %w", err)
		}
		out[i] = &Node{URL: "tcp://127.0.0.1:" + port[0], log: filepath.Join(dir, name+".log"), args: []string{program, "-c", path}}
	}
	return out, nil
}

func buildNATS(ctx context.Context) (string, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	root := filepath.Dir(strings.TrimSpace(string(mod)))
	program := filepath.Join(root, ".tools", "nats-server")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/nats-io/nats-server/v2")
	build.Dir = filepath.Join(root, "deploy", "brokers", "natsserver")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the NATS server: %w: %s", err, out)
	}
	return program, nil
}

func fill(name string, pairs ...string) string {
	raw, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return strings.NewReplacer(pairs...).Replace(string(raw))
}

func freePort(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

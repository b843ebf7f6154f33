// Package wire is MQTT topics and messages.
package wire

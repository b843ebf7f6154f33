// Package wire is the language of the MQTT links between gate, hub and cloud: the topics, who may use them, the
// messages with their limits, and their dated version history (at Version).
//
// A message is JSON with a version number v. Unknown fields are ignored, so a newer sender may say more; another v is
// refused. Every type has a size limit, and Encode keeps it as strictly as Decode. docs/wire.md is the readable form,
// docs/asyncapi.yaml the machine's; a test holds both to these types.
//
// It knows nothing of MQTT libraries, of clocks or of what anybody decides.
package wire

// Writes the configuration of the livekit-server that it is compiled into as JSON: types, defaults, flags.
//
// tools/config_schema.py puts this file into cmd/server of a copy of the server's own module, so
// what it sees is what the server is built of: its types, its base flags, its versions of all libraries.
package main

import (
	"encoding"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"gopkg.in/yaml.v3"

	"github.com/livekit/livekit-server/pkg/config"
)

type typeInfo struct {
	Kind   string            `json:"kind"`
	Bits   int               `json:"bits,omitempty"`
	Of     string            `json:"of,omitempty"`
	Key    string            `json:"key,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
	// How the type reads itself: "yaml" (UnmarshalYAML with a node), "func" (the older form), "text".
	Unmarshal string `json:"unmarshal,omitempty"`
}

// messageField is a field of a protobuf message, which is read by protoyaml: under its name, its JSON name or
// its number.
type messageField struct {
	JSON   string `json:"json"`
	Number int32  `json:"number"`
	Kind   string `json:"kind"`
	Of     string `json:"of,omitempty"`  // of a message or an enum
	Key    string `json:"key,omitempty"` // of a map
	List   bool   `json:"list,omitempty"`
	Oneof  string `json:"oneof,omitempty"`
}

type flagInfo struct {
	Names     []string `json:"names"`
	Env       []string `json:"env"`
	Type      string   `json:"type"`
	Sets      []string `json:"sets"`
	Generated bool     `json:"generated"`
}

type dump struct {
	Root     string                             `json:"root"`
	Types    map[string]typeInfo                `json:"types"`
	Messages map[string]map[string]messageField `json:"messages"`
	Enums    map[string]map[string]int32        `json:"enums"`
	Defaults map[string]any                     `json:"defaults"`
	Flags    []flagInfo                         `json:"flags"`
}

var (
	yamlUnmarshaler = reflect.TypeFor[yaml.Unmarshaler]()
	funcUnmarshaler = reflect.TypeFor[interface {
		UnmarshalYAML(func(any) error) error
	}]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	protoMessage    = reflect.TypeFor[proto.Message]()
	duration        = reflect.TypeFor[time.Duration]()
)

func init() {
	target := os.Getenv("LKM_SCHEMA_OUT")
	if target == "" {
		return
	}
	out := dump{
		Types:    map[string]typeInfo{},
		Messages: map[string]map[string]messageField{},
		Enums:    map[string]map[string]int32{},
		Defaults: map[string]any{},
	}
	out.Root = out.add(reflect.TypeFor[config.Config]())
	// As the server does before it decodes: its defaults go through YAML once.
	var conf config.Config
	text, err := yaml.Marshal(&config.DefaultConfig)
	check(err)
	check(yaml.Unmarshal(text, &conf))
	values(reflect.ValueOf(conf), "", out.Defaults)
	out.Flags = flags()
	encoded, err := json.MarshalIndent(out, "", " ")
	check(err)
	check(os.WriteFile(target, append(encoded, '\n'), 0o644))
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// add enters a type and all that it is made of, and returns its name.
func (d *dump) add(t reflect.Type) string {
	name := t.String()
	if _, known := d.Types[name]; known {
		return name
	}
	info := typeInfo{Kind: t.Kind().String()}
	d.Types[name] = info // before its parts: types may contain themselves
	pointer := reflect.PointerTo(t)
	switch {
	case pointer.Implements(yamlUnmarshaler):
		info.Unmarshal = "yaml"
	case pointer.Implements(funcUnmarshaler):
		info.Unmarshal = "func"
	case pointer.Implements(textUnmarshaler):
		info.Unmarshal = "text"
	}
	if info.Unmarshal == "yaml" {
		if pointer.Implements(protoMessage) {
			info.Kind = "message"
			descriptor := reflect.Zero(pointer).Interface().(proto.Message).ProtoReflect().Descriptor()
			info.Of = d.addMessage(descriptor)
		}
		d.Types[name] = info // what it is made of is its own affair
		return name
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Interface:
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		info.Kind, info.Bits = "int", t.Bits()
		if t == duration {
			info.Kind = "duration"
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		info.Kind, info.Bits = "uint", t.Bits()
	case reflect.Float32, reflect.Float64:
		info.Kind, info.Bits = "float", t.Bits()
	case reflect.Pointer:
		info.Kind, info.Of = "pointer", d.add(t.Elem())
	case reflect.Slice, reflect.Array:
		info.Of = d.add(t.Elem())
	case reflect.Map:
		info.Key, info.Of = d.add(t.Key()), d.add(t.Elem())
	case reflect.Struct:
		info.Fields = map[string]string{}
		for _, field := range fields(t) {
			info.Fields[field.key] = d.add(field.kind)
		}
	default:
		panic(fmt.Sprintf("%s: no YAML for a %s", name, t.Kind()))
	}
	d.Types[name] = info
	return name
}

func (d *dump) addMessage(message protoreflect.MessageDescriptor) string {
	name := string(message.FullName())
	if _, known := d.Messages[name]; known {
		return name
	}
	members := map[string]messageField{}
	d.Messages[name] = members
	for i := range message.Fields().Len() {
		one := message.Fields().Get(i)
		info := messageField{JSON: one.JSONName(), Number: int32(one.Number()), List: one.IsList()}
		if oneof := one.ContainingOneof(); oneof != nil && !oneof.IsSynthetic() {
			info.Oneof = string(oneof.Name())
		}
		value := one
		if one.IsMap() {
			info.Key, value = one.MapKey().Kind().String(), one.MapValue()
		}
		info.Kind = value.Kind().String()
		switch value.Kind() {
		case protoreflect.MessageKind:
			info.Of = d.addMessage(value.Message())
		case protoreflect.EnumKind:
			info.Of = string(value.Enum().FullName())
			values := map[string]int32{}
			for j := range value.Enum().Values().Len() {
				item := value.Enum().Values().Get(j)
				values[string(item.Name())] = int32(item.Number())
			}
			d.Enums[info.Of] = values
		}
		members[string(one.Name())] = info
	}
	return name
}

type field struct {
	key   string
	kind  reflect.Type
	index []int
}

// fields lists a struct's keys as yaml.v3 takes them from its tags; inlined structs count as its own.
func fields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		member := t.Field(i)
		if member.PkgPath != "" && !member.Anonymous {
			continue
		}
		tag := member.Tag.Get("yaml")
		if tag == "-" {
			continue
		}
		key, flags, _ := strings.Cut(tag, ",")
		if strings.Contains(","+flags+",", ",inline,") {
			if member.Type.Kind() != reflect.Struct {
				panic(fmt.Sprintf("%s.%s: an inlined %s", t, member.Name, member.Type))
			}
			for _, below := range fields(member.Type) {
				below.index = append([]int{i}, below.index...)
				out = append(out, below)
			}
			continue
		}
		if key == "" {
			key = strings.ToLower(member.Name)
		}
		out = append(out, field{key, member.Type, []int{i}})
	}
	return out
}

// values collects every leaf under its dotted path; durations as Go writes them.
func values(v reflect.Value, path string, out map[string]any) {
	for _, field := range fields(v.Type()) {
		below := v.FieldByIndex(field.index)
		name := strings.TrimPrefix(path+"."+field.key, ".")
		if below.Kind() == reflect.Struct && !reflect.PointerTo(below.Type()).Implements(yamlUnmarshaler) {
			values(below, name, out)
			continue
		}
		out[name] = plain(below)
	}
}

func plain(v reflect.Value) any {
	if v.Type() == duration {
		return time.Duration(v.Int()).String()
	}
	switch v.Kind() {
	case reflect.Slice:
		items := make([]any, 0, v.Len())
		for i := range v.Len() {
			items = append(items, plain(v.Index(i)))
		}
		return items
	case reflect.Float32:
		return json.RawMessage(fmt.Sprint(v.Interface())) // 0.9, not 0.8999999761581421
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct, reflect.Map:
		text, err := yaml.Marshal(v.Interface())
		check(err)
		var back any
		check(yaml.Unmarshal(text, &back))
		return stringKeys(back)
	default:
		return v.Interface()
	}
}

// stringKeys makes JSON's objects of maps with other keys.
func stringKeys(value any) any {
	switch value := value.(type) {
	case map[any]any:
		out := map[string]any{}
		for key, below := range value {
			out[fmt.Sprint(key)] = stringKeys(below)
		}
		return out
	case map[string]any:
		for key, below := range value {
			value[key] = stringKeys(below)
		}
	case []any:
		for i, below := range value {
			value[i] = stringKeys(below)
		}
	}
	return value
}

func flags() []flagInfo {
	generated, err := config.GenerateCLIFlags(baseFlags, true)
	check(err)
	out := []flagInfo{}
	for _, one := range baseFlags {
		info := flagInfo{one.Names(), env(one), flagType(one), probe(one.Names()[0]), false}
		out = append(out, info)
	}
	for _, one := range generated {
		out = append(out, flagInfo{one.Names(), env(one), flagType(one), one.Names()[:1], true})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Names[0] < out[j].Names[0] })
	return out
}

func env(one any) []string {
	if documented, ok := one.(interface{ GetEnvVars() []string }); ok && documented.GetEnvVars() != nil {
		return documented.GetEnvVars()
	}
	return []string{}
}

var generic = regexp.MustCompile(`\[((?:\[\])?\w+)`)

// flagType is "string", "[]string", "bool" and so on, whichever version of the cli library it is.
func flagType(one any) string {
	name := reflect.TypeOf(one).String()
	if match := generic.FindStringSubmatch(name); match != nil {
		return match[1]
	}
	name = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(name, "*cli."), "Flag"))
	if item, slice := strings.CutSuffix(name, "slice"); slice {
		return "[]" + item
	}
	return name
}

// probe finds what a flag sets by setting it.
func probe(name string) []string {
	sets := []string{}
	if name == "config" || name == "config-body" || strings.HasSuffix(name, "profile") {
		return sets
	}
	without := leaves(nil)
	for _, value := range []string{"true", "probe: probe", "192.0.2.7", "7001"} {
		with := leaves([]string{"--" + name + "=" + value})
		for path, one := range with {
			if !reflect.DeepEqual(one, without[path]) {
				sets = append(sets, path)
			}
		}
		if len(sets) > 0 {
			break
		}
	}
	sort.Strings(sets)
	return sets
}

// What the server would fill in by itself, so that a flag shows only what it sets.
const filled = `{rtc: {udp_port: 1}, turn: {relay_range_start: 1, relay_range_end: 2}, keys: {a: b}, logging: {level: info}}`

func leaves(args []string) map[string]any {
	out := map[string]any{}
	args = append([]string{"livekit-server", "--config-body=" + filled}, args...)
	if conf := configFor(args); conf != nil {
		values(reflect.ValueOf(*conf), "", out)
	}
	return out
}

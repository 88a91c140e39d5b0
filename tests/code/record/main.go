// Records how Docker Compose reads .env lines: compose-go's own parser, with no variable set.
//
//	cd "$(mktemp -d)" && go mod init record && cp …/tests/code/record/main.go . &&
//	go get github.com/compose-spec/compose-go/v2@v2.16.2 && go mod tidy &&
//	go run . <…/tests/code/record/env_lines.json >…/tests/code/record/env_compose.json
package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	var files []string
	if err := json.NewDecoder(os.Stdin).Decode(&files); err != nil {
		panic(err)
	}
	unset := func(string) (string, bool) { return "", false }
	read := make([]map[string]any, len(files))
	for i, file := range files {
		values, err := dotenv.ParseWithLookup(strings.NewReader(file), unset)
		if err != nil {
			read[i] = map[string]any{"error": err.Error()}
		} else {
			read[i] = map[string]any{"values": values}
		}
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	_ = out.Encode(read)
}

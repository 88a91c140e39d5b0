// What the server makes of a command line, for servers built with urfave/cli v2 (before 1.9).
package main

import (
	"github.com/urfave/cli/v2"

	"github.com/livekit/livekit-server/pkg/config"
)

func configFor(args []string) *config.Config {
	var conf *config.Config
	app := &cli.App{Flags: baseFlags, Action: func(c *cli.Context) (err error) {
		conf, err = getConfig(c)
		return nil // a value that does not suit is no news here
	}}
	_ = app.Run(args)
	return conf
}

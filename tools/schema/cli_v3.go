// What the server makes of a command line, for servers built with urfave/cli v3.
package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/livekit/livekit-server/pkg/config"
)

func configFor(args []string) *config.Config {
	var conf *config.Config
	cmd := &cli.Command{Flags: baseFlags, Action: func(_ context.Context, c *cli.Command) (err error) {
		conf, err = getConfig(c)
		return nil // a value that does not suit is no news here
	}}
	_ = cmd.Run(context.Background(), args)
	return conf
}

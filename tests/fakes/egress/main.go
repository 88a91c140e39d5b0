// Command egress stands in for livekit/egress, which needs a browser and GStreamer: its requests and answers go
// through Redis by LiveKit's own library, as the real one's do; in the place of the browser that joins the room
// stands one request to ws_url with the recorder's token.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/redis"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"gopkg.in/yaml.v3"
)

type config struct {
	APIKey    string            `yaml:"api_key"`
	APISecret string            `yaml:"api_secret"`
	WsURL     string            `yaml:"ws_url"`
	Redis     redis.RedisConfig `yaml:"redis"`
}

type service struct {
	config config
	io     rpc.IOInfoClient
}

func main() {
	var given config
	if err := yaml.Unmarshal([]byte(os.Getenv("EGRESS_CONFIG_BODY")), &given); err != nil {
		log.Fatal(err)
	}
	client, err := redis.GetRedisClient(&given.Redis)
	if err != nil {
		log.Fatal(err)
	}
	bus := psrpc.NewRedisMessageBus(client)
	io, err := rpc.NewIOInfoClient(bus)
	if err != nil {
		log.Fatal(err)
	}
	server, err := rpc.NewEgressInternalServer(&service{given, io}, bus)
	if err != nil {
		log.Fatal(err)
	}
	if err := server.RegisterStartEgressTopic(""); err != nil {
		log.Fatal(err)
	}
	log.Print("service ready")
	select {}
}

func (s *service) StartEgressAffinity(context.Context, *rpc.StartEgressRequest) float32 { return 1 }

func (s *service) ListActiveEgress(
	context.Context, *rpc.ListActiveEgressRequest,
) (*rpc.ListActiveEgressResponse, error) {
	return &rpc.ListActiveEgressResponse{}, nil
}

func (s *service) StartEgress(_ context.Context, req *rpc.StartEgressRequest) (*livekit.EgressInfo, error) {
	composite := req.GetRoomComposite()
	if composite == nil {
		return nil, psrpc.NewErrorf(psrpc.InvalidArgument, "room composites only")
	}
	info := &livekit.EgressInfo{
		EgressId:  req.EgressId,
		RoomId:    req.RoomId,
		RoomName:  composite.RoomName,
		Status:    livekit.EgressStatus_EGRESS_STARTING,
		Request:   &livekit.EgressInfo_RoomComposite{RoomComposite: composite},
		StartedAt: time.Now().UnixNano(),
	}
	go s.record(info)
	return info, nil
}

// record does what the page that the real one opens does first, and says how that went as the real one does.
func (s *service) record(begun *livekit.EgressInfo) {
	info := &livekit.EgressInfo{
		EgressId: begun.EgressId, RoomId: begun.RoomId, RoomName: begun.RoomName, Request: begun.Request,
		StartedAt: begun.StartedAt, UpdatedAt: time.Now().UnixNano(),
	}
	if err := s.reach(info); err != nil {
		log.Print(err)
		info.Status, info.Error = livekit.EgressStatus_EGRESS_FAILED, "Start signal not received"
		info.EndedAt = time.Now().UnixNano()
	} else {
		info.Status = livekit.EgressStatus_EGRESS_ACTIVE
	}
	log.Printf("%s: %s %s", info.EgressId, info.Status, info.Error)
	if _, err := s.io.UpdateEgress(context.Background(), info); err != nil {
		log.Print(err)
	}
}

func (s *service) reach(info *livekit.EgressInfo) error {
	grant := &auth.VideoGrant{RoomJoin: true, Room: info.RoomName, Hidden: true, Recorder: true}
	token, err := auth.NewAccessToken(s.config.APIKey, s.config.APISecret).
		SetVideoGrant(grant).SetIdentity(info.EgressId).ToJWT()
	if err != nil {
		return err
	}
	base := strings.Replace(s.config.WsURL, "ws", "http", 1)
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(base + "/rtc/validate?access_token=" + token)
	if err != nil {
		return fmt.Errorf("%s: %w", s.config.WsURL, err.(interface{ Unwrap() error }).Unwrap()) // without the token
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", s.config.WsURL, answer.Status)
	}
	return nil
}

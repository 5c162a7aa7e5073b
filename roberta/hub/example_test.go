package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/skillneuron/skillneuron/roberta/hub"
	"github.com/skillneuron/skillneuron/roberta/hub/hubtest"
)

// A client of the environment's hub and cache would be hub.New(); here a small server plays the hub.
func Example() {
	server := hubtest.New()
	defer server.Close()
	server.Add("org/model", map[string][]byte{"config.json": []byte(`{"model_type": "roberta"}`)})
	cache, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(cache)

	c := &hub.Client{Endpoint: server.URL, Cache: cache, HTTP: http.DefaultClient}
	repo := c.Repo("org/model", "main")
	if err := repo.Fetch(context.Background(), "config.json"); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(filepath.Join(repo.Dir(), "config.json"))
	fmt.Println(string(text), err)
	// Output: {"model_type": "roberta"} <nil>
}

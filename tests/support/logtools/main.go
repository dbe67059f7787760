// Let others' programs judge a log and a witness of the credit ledger.
//
//	logtools fsck FOLDER VKEY               Tessera's fsck over the folder of a log
//	logtools agent SOCKET SEED              an ssh-agent with one key, as litewitness wants it; prints its fingerprint
//	logtools try URL KEY VKEY COMMAND...    puts the witness that COMMAND starts through tlog-witness (try.go)
package main

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"log"
	"net"
	"os"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/mod/sumdb/note"
)

func must[T any](value T, err error) T {
	if err != nil {
		fatal(err)
	}
	return value
}

func leaves(bundle []byte) ([][]byte, error) {
	entries := &api.EntryBundle{}
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var found [][]byte
	for _, entry := range entries.Entries {
		found = append(found, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return found, nil
}

func check(folder, vkey string) {
	verifier := must(note.NewVerifier(vkey))
	files := client.FileFetcher{Root: folder}
	checked := fsck.New(verifier.Name(), verifier, files, leaves, fsck.Opts{N: 2})
	if err := checked.Check(context.Background()); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ok")
}

func serveAgent(socket, seed string) {
	key := ed25519.NewKeyFromSeed(must(hex.DecodeString(seed)))
	keyring := agent.NewKeyring()
	if err := keyring.Add(agent.AddedKey{PrivateKey: &key}); err != nil {
		log.Fatal(err)
	}
	listener := must(net.Listen("unix", socket))
	fmt.Println(ssh.FingerprintSHA256(must(ssh.NewPublicKey(key.Public()))))
	for {
		connection := must(listener.Accept())
		go agent.ServeAgent(keyring, connection)
	}
}

func main() {
	log.SetFlags(0)
	switch given := os.Args[2:]; os.Args[1] {
	case "fsck":
		check(given[0], given[1])
	case "agent":
		serveAgent(given[0], given[1])
	case "try":
		tryWitness(given[0], given[1], given[2], given[3:])
	default:
		log.Fatal("no such verb: ", os.Args[1])
	}
}

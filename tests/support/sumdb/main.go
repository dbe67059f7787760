// Read a log of the credit ledger by golang.org/x/mod/sumdb alone: a checkpoint, its tiles and entries,
// proofs of events, and consistency of cuts. Arguments: the log's folder, its vkey, a folder of proofs
// (*.proof, C2SP tlog-proof) and of consistency (<old size>-<new size>.hashes). Prints how much it read.
package main

import (
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// tiles reads tiles as C2SP tlog-tiles names them, which is as sumdb does but for the height.
type tiles struct{ folder string }

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func opened(text string, verifiers note.Verifiers) tlog.Tree {
	signed := must(note.Open([]byte(text), verifiers))
	lines := strings.Split(signed.Text, "\n")
	return tlog.Tree{
		N:    must(strconv.ParseInt(lines[1], 10, 64)),
		Hash: must(tlog.ParseHash(lines[2])),
	}
}

func entries(folder string, tree tlog.Tree) [][]byte {
	var found [][]byte
	for number := int64(0); number*width < tree.N; number++ {
		tile := tlog.Tile{H: 8, L: -1, N: number, W: int(min(width, tree.N-number*width))}
		path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
		data := must(os.ReadFile(filepath.Join(folder, path)))
		for len(data) > 0 {
			length := int(data[0])<<8 | int(data[1])
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

func hashes(lines []string) []tlog.Hash {
	var found []tlog.Hash
	for _, line := range lines {
		if line != "" {
			found = append(found, must(tlog.ParseHash(line)))
		}
	}
	return found
}

func checkProof(path string, verifiers note.Verifiers) {
	head, checkpoint, _ := strings.Cut(string(must(os.ReadFile(path))), "\n\n")
	lines := strings.Split(head, "\n")
	extra := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra ")))
	index := must(strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64))
	tree := opened(checkpoint, verifiers)
	if err := tlog.CheckRecord(hashes(lines[3:]), tree.N, tree.Hash, index, tlog.RecordHash(extra)); err != nil {
		log.Fatal(path, ": ", err)
	}
}

func checkConsistency(path string, reader tlog.HashReader) {
	old, new, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".hashes"), "-")
	before, after := must(strconv.ParseInt(old, 10, 64)), must(strconv.ParseInt(new, 10, 64))
	proof := hashes(strings.Split(string(must(os.ReadFile(path))), "\n"))
	oldRoot, newRoot := must(tlog.TreeHash(before, reader)), must(tlog.TreeHash(after, reader))
	if err := tlog.CheckTree(proof, after, newRoot, before, oldRoot); err != nil {
		log.Fatal(path, ": ", err)
	}
}

func main() {
	folder, proofs := os.Args[1], os.Args[3]
	verifiers := note.VerifierList(must(note.NewVerifier(os.Args[2])))
	tree := opened(string(must(os.ReadFile(filepath.Join(folder, "checkpoint")))), verifiers)
	reader := tlog.TileHashReader(tree, tiles{folder})
	found := entries(folder, tree)
	for i, entry := range found {
		hash := must(reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))}))[0]
		if hash != tlog.RecordHash(entry) {
			log.Fatal("entry ", i, " is not what its tile has")
		}
	}
	events := must(filepath.Glob(filepath.Join(proofs, "*.proof")))
	for _, path := range events {
		checkProof(path, verifiers)
	}
	pairs := must(filepath.Glob(filepath.Join(proofs, "*.hashes")))
	for _, path := range pairs {
		checkConsistency(path, reader)
	}
	fmt.Println(tree.N, len(found), len(events), len(pairs))
}

package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	shared = 4 // up to here both histories are one
	leaf   = "%s%d"
	rounds = 4
	racing = 12
	length = 400
)

// history is a log in memory.
type history struct{ stored []tlog.Hash }

func (h *history) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, index := range indexes {
		found = append(found, h.stored[index])
	}
	return found, nil
}

func made(name string) *history {
	h := &history{}
	for n := int64(0); n < length; n++ {
		whose := name
		if n < shared {
			whose = "of all "
		}
		h.stored = append(h.stored, must(tlog.StoredHashes(n, fmt.Appendf(nil, leaf, whose, n), h))...)
	}
	return h
}

func (h *history) tree(size int64) tlog.Tree {
	return tlog.Tree{N: size, Hash: must(tlog.TreeHash(size, h))}
}

func (h *history) proof(old, size int64) []tlog.Hash {
	if old == 0 || old >= size {
		return nil
	}
	return must(tlog.ProveTree(size, old, h))
}

// cosigner verifies a cosignature/v1 of C2SP tlog-cosignature.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func readCosigner(vkey string) cosigner {
	parts := strings.SplitN(vkey, "+", 3)
	hash := must(strconv.ParseUint(parts[1], 16, 32))
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	if key[0] != 4 {
		fatal("not the key of a witness: ", vkey)
	}
	return cosigner{parts[0], uint32(hash), key[1:]}
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(message, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	told := fmt.Appendf(nil, "cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(signature))
	return ed25519.Verify(c.key, append(told, message...), signature[8:])
}

var witness *exec.Cmd

// fatal ends with what is wrong, and the witness with it.
func fatal(what ...any) {
	if witness != nil {
		witness.Process.Kill()
	}
	log.Fatal(what...)
}

// asker asks one witness, which it starts and kills, and remembers all that it cosigned.
type asker struct {
	url      string
	signer   note.Signer
	verifier cosigner
	command  []string
	mutex    sync.Mutex
	cosigned []tlog.Tree
}

func (c *asker) start() {
	witness = exec.Command(c.command[0], c.command[1:]...)
	witness.Stderr = os.Stderr
	if err := witness.Start(); err != nil {
		fatal(err)
	}
	for { // whoever started us bounds how long
		if answer, err := http.Get(c.url); err == nil {
			answer.Body.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *asker) kill() {
	witness.Process.Kill()
	witness.Wait()
}

func text(origin string, tree tlog.Tree) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, tree.Hash)
}

func signed(signer note.Signer, checkpoint string) string {
	return string(must(note.Sign(&note.Note{Text: checkpoint}, signer)))
}

func request(old int64, proof []tlog.Hash, checkpoint string) string {
	told := fmt.Sprintf("old %d\n", old)
	for _, hash := range proof {
		told += hash.String() + "\n"
	}
	return told + "\n" + checkpoint
}

type answer struct {
	status int
	kind   string
	body   string
}

func (c *asker) post(body string) (answer, error) {
	got, err := http.Post(c.url+"/add-checkpoint", "text/plain", strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	told, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header.Get("Content-Type"), string(told)}, err
}

// add asks to go on with a history, and checks what is answered by its status.
func (c *asker) add(h *history, old, size int64) int {
	tree := h.tree(size)
	checkpoint := signed(c.signer, text(c.signer.Name(), tree))
	got, err := c.post(request(old, h.proof(old, size), checkpoint))
	if err != nil {
		return 0 // it was killed
	}
	switch got.status {
	case http.StatusOK:
		opened, err := note.Open([]byte(text(c.signer.Name(), tree)+"\n"+got.body), note.VerifierList(c.verifier))
		if err != nil || len(opened.Sigs) != 1 {
			fatal("no cosignature: ", got.body, err)
		}
		c.mutex.Lock()
		c.cosigned = append(c.cosigned, tree)
		c.mutex.Unlock()
	case http.StatusConflict:
		known(got)
	}
	return got.status
}

func known(got answer) int64 {
	if got.status != http.StatusConflict || got.kind != "text/x.tlog.size" || !strings.HasSuffix(got.body, "\n") {
		fatal("no conflict with a size: ", got)
	}
	return must(strconv.ParseInt(strings.TrimSuffix(got.body, "\n"), 10, 64))
}

// knows asks which size is known: by one that cannot be.
func (c *asker) knows(h *history) int64 {
	return known(must(c.post(request(length-1, h.proof(length-1, length), signed(c.signer, text(c.signer.Name(), h.tree(length)))))))
}

func (c *asker) expect(what string, status int, bodies ...string) {
	for _, body := range bodies {
		if got := must(c.post(body)); got.status != status {
			fatal(what, ": ", status, " is expected, and answered is ", got)
		}
	}
}

func other(name string) note.Signer {
	private, _, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{1}, 64)), name)
	return must(note.NewSigner(must(private, err)))
}

func (c *asker) statuses(h *history) {
	origin := c.signer.Name()
	good := signed(c.signer, text(origin, h.tree(9)))
	c.expect("the first", 200, request(0, nil, signed(c.signer, text(origin, h.tree(shared)))))
	c.expect("an unknown log", 404, request(shared, h.proof(shared, 9), signed(other("nobody.example"), text("nobody.example", h.tree(9)))))
	c.expect("another key", 403, request(shared, h.proof(shared, 9), signed(other(origin), text(origin, h.tree(9)))))
	c.expect("malformed", 400, "", "old 4", "new 4\n\n"+good, "old 04\n\n"+good, "old 4\nno hash\n\n"+good,
		request(10, nil, good), "old -1\n\n"+good, "old 4\n\nno note")
	c.expect("unproved", 422, request(shared, nil, good), request(shared, h.proof(shared, 8), good),
		request(shared, []tlog.Hash{{}}, good))
	for _, old := range []int64{0, 3, 5} {
		if got := known(must(c.post(request(old, h.proof(old, 9), good)))); got != shared {
			fatal("it knows ", got)
		}
	}
	fork := tlog.Tree{N: shared, Hash: tlog.Hash{1}}
	known(must(c.post(request(shared, nil, signed(c.signer, text(origin, fork))))))
	c.expect("the same again", 200, request(shared, nil, signed(c.signer, text(origin, h.tree(shared)))))
}

// race lets many go on from what is known, each with one of two histories; and kills in the midst.
func (c *asker) race(histories []*history, old int64, kills bool) {
	var all sync.WaitGroup
	for n := range racing {
		all.Add(1)
		go func() {
			defer all.Done()
			c.add(histories[n%2], old, old+1+int64(n/2))
		}()
	}
	if kills {
		time.Sleep(time.Duration(rand.Intn(30)) * time.Millisecond)
		c.kill()
	}
	all.Wait()
}

func tryWitness(url, key, vkey string, command []string) {
	c := &asker{url: url, signer: must(note.NewSigner(key)), verifier: readCosigner(vkey), command: command}
	histories := []*history{made("a"), made("b")}
	c.start()
	c.statuses(histories[0])
	for round := range rounds {
		kills := round%2 == 1
		c.race(histories, c.knows(histories[0]), kills)
		if kills {
			c.start()
		}
		size := c.knows(histories[0])
		for _, tree := range c.cosigned {
			if tree.N > size {
				fatal("it cosigned ", tree.N, " leaves, and knows ", size)
			}
		}
		// Exactly one of both may go on from there.
		found := []int{c.add(histories[0], size, size+1), c.add(histories[1], size, size+1)}
		if (found[0] == 200) == (found[1] == 200) && size > shared {
			fatal("of two histories it goes on with ", found)
		}
	}
	c.kill()
	agreed := 0
	for _, h := range histories {
		all := true
		for _, tree := range c.cosigned {
			all = all && h.tree(tree.N).Hash == tree.Hash
		}
		if all {
			agreed++
		}
	}
	if agreed != 1 {
		fatal("what was cosigned is of ", agreed, " histories")
	}
	fmt.Println(len(c.cosigned) > rounds)
}

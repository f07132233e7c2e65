package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

const (
	roleEnv  = "SMPP_HOSTILE_ROLE"
	lifetime = 5 * time.Minute // of a child, whatever its parent does
	patience = 2 * time.Minute // for an answer of a child
)

// command is what a child is asked to do.
type command struct {
	Do     string
	Addr   string
	TLS    bool
	Attack string
	N      int           // connections at a time
	For    time.Duration // how long
	Rate   float64       // units a second in all; zero: as fast as it goes
	Target options
}

// report is what it answers.
type report struct {
	Err    string
	Addr   string
	State  state
	Result result
	P99    time.Duration
	Fault  string // of the other end
}

// process is a child.
type process struct {
	role string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *json.Decoder
}

// start runs this program again in a role. It ends with ctx, with stop, or with its parent.
func start(ctx context.Context, role string) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, exe)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &process{role, cmd, in, json.NewDecoder(bufio.NewReader(out))}, nil
}

// ask has the child do something.
func (p *process) ask(c command) (report, error) {
	timer := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	var r report
	err := json.NewEncoder(p.in).Encode(c)
	if err == nil {
		err = p.out.Decode(&r)
	}
	if err == nil && r.Err != "" {
		err = errors.New(r.Err)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %s: %w", p.role, c.Do, err)
	}
	return r, nil
}

// stop ends the child.
func (p *process) stop() {
	_ = p.in.Close()
	timer := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer timer.Stop()
	_ = p.cmd.Wait() // it is gone either way
}

// childMain is the whole program of a child. Whatever it is at, it ends with its input.
func childMain(role string) {
	makers := map[string]func() func(command) (report, error){
		"target": newTarget, "bare": newBare, "attacker": newAttacker, "honest": newHonest,
	}
	do := makers[role]()
	time.AfterFunc(lifetime, func() { os.Exit(3) })
	commands := make(chan command)
	go func() {
		for d := json.NewDecoder(os.Stdin); ; {
			var c command
			if d.Decode(&c) != nil {
				os.Exit(0)
			}
			commands <- c
		}
	}()
	out := json.NewEncoder(os.Stdout)
	for c := range commands {
		r, err := do(c)
		if err != nil {
			r.Err = err.Error()
		}
		if out.Encode(r) != nil {
			return
		}
	}
}

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	if role := os.Getenv(roleEnv); role != "" {
		childMain(role)
		return
	}
	os.Exit(program())
}

// program prints the table and returns the exit code.
func program() int {
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: hostile [flags] [scenario ...]\n\n")
		flag.PrintDefaults()
		fmt.Fprintf(flag.CommandLine.Output(), "\nscenarios:\n")
		for _, sc := range scenarios {
			fmt.Fprintf(flag.CommandLine.Output(), "  %-20s %s\n", sc.name, sc.what)
		}
	}
	full := flag.Bool("full", false, "large sizes, up to 9,000 connections, and p99 beside a bare message centre")
	seconds := flag.Int("seconds", 0, "`seconds` of each flood; 0: 1, and 5 in full")
	windows := flag.Int("windows", -1, "`windows` of p99 for each side, of which the median counts; -1: 1, and 3 in full")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	chosen, err := choose(flag.Args(), *full)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		return 2
	}
	form := shortForm
	if *full {
		form = fullForm
	}
	if *seconds > 0 {
		form.flood = time.Duration(*seconds) * time.Second
	}
	if *windows >= 0 {
		form.windows = *windows
	}
	fmt.Print(tableHead)
	broken := 0
	for _, sc := range chosen {
		f, err := run(ctx, sc, form)
		if err != nil {
			fmt.Fprintf(os.Stderr, "hostile: %s: %v\n", sc.name, err)
			return 2
		}
		faults := sc.judge(f, form)
		fmt.Print(row(sc, f, form, faults))
		if len(faults) > 0 {
			broken++
			fmt.Fprintf(os.Stderr, "hostile: %s: %s\n", sc.name, strings.Join(faults, "; "))
		}
	}
	if broken > 0 {
		fmt.Fprintf(os.Stderr, "hostile: %d of %d scenarios break a budget\n", broken, len(chosen))
		return 1
	}
	return 0
}

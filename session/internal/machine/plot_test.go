package machine

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var updatePlot = flag.Bool("update", false, "write the plot of the adaptive window anew")

const plotFile = "../../testdata/adaptive.svg"

// Sizes of the plot in pixels, and its stretch of time in round trips.
const (
	plotTrips = 120
	plotMean  = 5 // round trips of which the rate is the mean
	plotRate  = 2000

	plotLeft, plotTop = 56, 106 // of the first cell
	plotW, plotStep   = 2 * plotTrips, 2*plotTrips + 70
	plotWindowH       = 110
	plotRateH         = 60
	plotGap           = 14
	plotCell          = plotWindowH + plotGap + plotRateH
	plotRow           = plotCell + 74
	plotWidth         = plotLeft + 3*plotStep - 44
	plotHeight        = plotTop + 3*plotRow - 26
	plotTopRate       = 125 // percent
)

// TestAdaptivePlot draws how the adaptive window behaves before peers of fixed capacity, and holds the picture in the
// repository to it: after a change that is meant, run it with -update.
func TestAdaptivePlot(t *testing.T) {
	var b bytes.Buffer
	plotAll(t, &b)
	require.Less(t, b.Len(), 150<<10)
	if *updatePlot {
		require.NoError(t, os.MkdirAll("../../testdata", 0o755))
		require.NoError(t, os.WriteFile(plotFile, b.Bytes(), 0o644))
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("where floating point differs in the last bit, as with fused operations, the curves part")
	}
	want, err := os.ReadFile(plotFile)
	require.NoError(t, err)
	require.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), b.String(), "run this test with -update")
}

func plotAll(t *testing.T, w io.Writer) {
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d">
<title>The adaptive window before peers of fixed capacity</title>
<style>
text { font: 11px sans-serif; fill: #333 }
.title { font: bold 16px sans-serif }
.head { font: bold 12px sans-serif }
.end { text-anchor: end }
.mid { text-anchor: middle }
line, rect.frame { stroke: #bbb; fill: none }
line.mark { stroke: #777; stroke-dasharray: 4 3 }
polyline { fill: none; stroke-width: 1.5; stroke-linejoin: round }
.window { stroke: #1f5fa8 }
.rate { stroke: #c05a00 }
.key { stroke-width: 3 }
</style>
<rect width="%[1]d" height="%[2]d" fill="white"/>
`, plotWidth, plotHeight)
	plotText(w, plotLeft, 26, "title", "The adaptive window before peers of fixed capacity")
	plotText(w, plotLeft, 44, "", fmt.Sprintf(
		"A peer that does %d requests a second, and a sender that is never short of them; the window begins at 10. "+
			"Drawn from a simulation by TestAdaptivePlot.", plotRate))
	x := plotLeft
	for _, k := range []struct{ class, text string }{
		{"window key", "window, in requests"},
		{"mark", "requests that fill the path and do not queue"},
		{"rate key", fmt.Sprintf("delivered, of the capacity, mean of %d round trips", plotMean)},
	} {
		fmt.Fprintf(w, `<line class="%s" x1="%d" y1="60" x2="%d" y2="60"/>`+"\n", k.class, x, x+24)
		plotText(w, x+30, 64, "", k.text)
		x += 60 + 6*len(k.text)
	}
	for row, kind := range []peerKind{queues, tells, throttles} {
		for col, trip := range []time.Duration{time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond} {
			plotOne(t, w, plotLeft+col*plotStep, plotTop+row*plotRow, kind, trip)
		}
	}
	fmt.Fprintln(w, "</svg>")
}

// plotOne draws one peer: the window above, the rate below, over the same time.
func plotOne(t *testing.T, w io.Writer, x, y int, kind peerKind, trip time.Duration) {
	p := newSimPeer(kind, plotRate, trip)
	s := newSim(t, p, adaptiveConfig())
	windows, done := []int{s.m.window}, []int{0}
	for i := range plotTrips {
		s.run(time.Duration(i+1) * p.unit())
		windows, done = append(windows, s.m.window), append(done, s.ok)
	}

	high := p.carries()
	for _, n := range windows {
		high = max(high, float64(n))
	}
	top := plotNice(high)
	curve := func(class string, y, height, top int, at func(i int) float64) {
		fmt.Fprintf(w, `<polyline class="%s" points="`, class)
		for i := range windows {
			h := min(at(i)/float64(top), 1) * float64(height)
			fmt.Fprintf(w, "%d,%d ", x+i*plotW/plotTrips, y+height-int(h+0.5))
		}
		fmt.Fprintln(w, `"/>`)
	}
	mark := func(y int) {
		fmt.Fprintf(w, `<line class="mark" x1="%d" y1="%d" x2="%d" y2="%[2]d"/>`+"\n", x, y, x+plotW)
	}

	plotText(w, x, y-8, "head", fmt.Sprintf("%s, round trip %v", plotNames[kind], trip))
	plotFrame(w, x, y, plotWindowH)
	for _, n := range []int{0, top / 2, top} {
		plotText(w, x-6, y+plotWindowH-n*plotWindowH/top+4, "end", fmt.Sprint(n))
	}
	mark(y + plotWindowH - int(p.carries()/float64(top)*plotWindowH+0.5))
	curve("window", y, plotWindowH, top, func(i int) float64 { return float64(windows[i]) })
	plotText(w, x+plotW-6, y+14, "end", fmt.Sprintf("refused %.1f %% in all", 100*float64(s.total-s.ok)/float64(s.total)))

	y += plotWindowH + plotGap
	plotFrame(w, x, y, plotRateH)
	for _, n := range []int{0, 50, 100} {
		plotText(w, x-6, y+plotRateH-n*plotRateH/plotTopRate+4, "end", fmt.Sprintf("%d%%", n))
	}
	mark(y + plotRateH - 100*plotRateH/plotTopRate)
	curve("rate", y, plotRateH, plotTopRate, func(i int) float64 {
		from := max(0, i-plotMean)
		return 100 * float64(done[i]-done[from]) / (plotRate * p.unit().Seconds() * float64(max(1, i-from)))
	})

	y += plotRateH
	for n := 0; n <= plotTrips; n += 30 {
		at := x + n*plotW/plotTrips
		fmt.Fprintf(w, `<line x1="%d" y1="%d" x2="%[1]d" y2="%d"/>`+"\n", at, y, y+4)
		plotText(w, at, y+16, "mid", fmt.Sprint(n))
	}
	plotText(w, x+plotW/2, y+32, "mid", "round trips")
}

var plotNames = map[peerKind]string{queues: "Queues", tells: "Tells its load", throttles: "Throttles"}

// plotNice returns the end of an axis that reaches to high: even, and of one or two digits before zeros.
func plotNice(high float64) int {
	for unit := 1; ; unit *= 10 {
		for _, n := range []int{2, 4, 6, 8, 10, 14} {
			if float64(n*unit) >= high {
				return n * unit
			}
		}
	}
}

func plotFrame(w io.Writer, x, y, height int) {
	fmt.Fprintf(w, `<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>`+"\n", x, y, plotW, height)
}

func plotText(w io.Writer, x, y int, class, s string) {
	if class != "" {
		class = ` class="` + class + `"`
	}
	fmt.Fprintf(w, `<text%s x="%d" y="%d">%s</text>`+"\n", class, x, y, s)
}

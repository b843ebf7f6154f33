package cloud_test

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"
)

// What the fake camera of a browser shows: frames of raw video, as a file that is played over and over.
const (
	videoWidth, videoHeight = 640, 480
	videoRate               = 5 // frames a second: as few as show a ticket being lowered
)

// shot is something that is held before the camera; a nil picture is an empty hand.
type shot struct {
	picture image.Image
	seconds int
}

// video writes a file for --use-file-for-fake-video-capture: YUV4MPEG2, 4:2:0.
func (r *running) video(shots ...shot) string {
	r.Helper()
	path := filepath.Join(r.TempDir(), "camera.y4m")
	file, err := os.Create(path)
	require.NoError(r, err)
	out := bufio.NewWriter(file)
	fmt.Fprintf(out, "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", videoWidth, videoHeight, videoRate)
	for _, s := range shots {
		frame := grey(s.picture)
		for range s.seconds * videoRate {
			fmt.Fprint(out, "FRAME\n")
			_, err := out.Write(frame)
			require.NoError(r, err)
		}
	}
	require.NoError(r, out.Flush())
	require.NoError(r, file.Close())
	return path
}

// grey is one frame: the picture in the middle, as large as an arm's length leaves it, on a dull background.
func grey(picture image.Image) []byte {
	const luma = videoWidth * videoHeight
	frame := make([]byte, luma+luma/2)
	for i := range frame {
		frame[i] = 128 // of the luma: a wall; of the chroma: no colour
	}
	if picture == nil {
		return frame
	}
	const side = 380
	b := picture.Bounds()
	for y := range side {
		for x := range side {
			at := picture.At(b.Min.X+x*b.Dx()/side, b.Min.Y+y*b.Dy()/side)
			frame[(y+(videoHeight-side)/2)*videoWidth+x+(videoWidth-side)/2] = color.GrayModel.Convert(at).(color.Gray).Y
		}
	}
	return frame
}

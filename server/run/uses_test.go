package run

import "testing"

func TestMarksAreThoseOfTheNotebook(t *testing.T) {
	for text, want := range map[string]string{"": "0-811c9dc5", " a\n": "1-e40c292c", "é → 🙂": "11-dd23b91b"} {
		if got := mark(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

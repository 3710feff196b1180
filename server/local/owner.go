package local

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// owner is the user that PostgreSQL runs as: this one, or an unprivileged one when this is root, whom it refuses.
type owner struct {
	credential *syscall.Credential // nil: this user
}

// unprivileged are the users that root hands PostgreSQL to; PostgreSQL wants one with an entry in passwd.
var unprivileged = []string{"nobody", "postgres"}

func serviceOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range unprivileged {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return owner{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return owner{}, fmt.Errorf("PostgreSQL does not run as root and this system has no user %s; start DreamQL as an ordinary user, or set DATABASE_URL", strings.Join(unprivileged, " or "))
}

// home is where the owner's files go: the data folder, or, when the owner may not pass through the folders above it (root's own
// home is one), a folder below /var/lib whose name the data folder keeps. So a new data folder never meets an old database.
func (o owner) home(dataDir string) (string, error) {
	if o.credential == nil {
		return dataDir, nil
	}
	if err := letThrough(dataDir); err != nil {
		return "", folderError(dataDir, err)
	}
	if o.canReach(dataDir) {
		return dataDir, nil
	}
	name, err := folderName(filepath.Join(dataDir, "postgres-folder"))
	if err != nil {
		return "", folderError(dataDir, err)
	}
	home := filepath.Join("/var/lib/dreamql-postgres", name)
	if err := os.MkdirAll(home, 0o711); err != nil {
		return "", folderError(home, err)
	}
	return home, nil
}

// folderName reads the random name that a file keeps, and makes it at first use.
func folderName(file string) (string, error) {
	if b, err := os.ReadFile(file); err == nil && len(b) == 16 {
		return string(b), nil
	}
	name := make([]byte, 8)
	_, _ = rand.Read(name) // never fails
	text := hex.EncodeToString(name)
	return text, os.WriteFile(file, []byte(text), 0o600)
}

// letThrough lets others pass through a folder of ours, but not list it.
func letThrough(dir string) error {
	fi, err := os.Stat(dir)
	if err != nil || fi.Mode().Perm()&0o001 != 0 {
		return err
	}
	return os.Chmod(dir, fi.Mode().Perm()|0o011)
}

// canReach reports whether the owner may pass through every folder down to path.
func (o owner) canReach(path string) bool {
	if o.credential == nil {
		return true
	}
	for d := path; ; d = filepath.Dir(d) {
		fi, err := os.Stat(d)
		if err != nil || fi.Mode().Perm()&0o001 == 0 {
			return false
		}
		if d == filepath.Dir(d) {
			return true
		}
	}
}

// give makes a folder, with what is needed above it, that only the owner may use.
func (o owner) give(dir string) error {
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	if err := letThrough(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	if o.credential == nil {
		return nil
	}
	return os.Chown(dir, int(o.credential.Uid), int(o.credential.Gid))
}

// command runs a binary as the owner, with nothing of this process's environment.
func (o owner) command(ctx context.Context, folder, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(folder, name), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/bin:/bin"}
	if lib := filepath.Join(filepath.Dir(folder), "lib"); isFile(filepath.Join(lib, "libpq.so.5")) {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+lib)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: o.credential}
	return cmd
}

// linkLibraries makes the links that an npm archive cannot hold, as the package's list of them says.
func linkLibraries(native string) error {
	text, err := os.ReadFile(filepath.Join(native, "pg-symlinks.json"))
	if err != nil {
		return nil // a package without links
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("the list of links in %s cannot be read: %w", native, err)
	}
	for _, l := range links {
		target, source := filepath.Join(filepath.Dir(native), l.Target), filepath.Base(l.Source)
		if _, err := os.Lstat(target); err == nil {
			continue
		}
		if err := os.Symlink(source, target); err != nil && !os.IsExist(err) {
			return err
		}
	}
	return nil
}

// copyBinaries puts an installation where the owner can reach it.
func copyBinaries(native, home string) (string, error) {
	fi, err := os.Stat(filepath.Join(native, "bin", "postgres"))
	if err != nil {
		return "", err
	}
	to := filepath.Join(home, fmt.Sprintf("binaries-%d", fi.ModTime().Unix()))
	if isFile(filepath.Join(to, "bin", "initdb")) {
		return filepath.Join(to, "bin"), nil
	}
	partial := to + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return "", folderError(partial, err)
	}
	if err := os.CopyFS(partial, os.DirFS(native)); err != nil {
		return "", folderError(partial, err)
	}
	if err := openFolders(partial); err != nil {
		return "", folderError(partial, err)
	}
	return filepath.Join(to, "bin"), os.Rename(partial, to)
}

// openFolders lets everyone read a copy and run what its owner may run.
func openFolders(root string) error {
	return filepath.Walk(root, func(path string, fi os.FileInfo, err error) error {
		if err != nil || fi.Mode()&os.ModeSymlink != 0 {
			return err
		}
		mode := os.FileMode(0o644)
		if fi.IsDir() || fi.Mode().Perm()&0o100 != 0 || filepath.Base(filepath.Dir(path)) == "bin" {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	})
}

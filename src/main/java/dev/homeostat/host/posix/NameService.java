package dev.homeostat.host.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import jakarta.enterprise.context.ApplicationScoped;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@link Accounts} by the C library's name service. */
@ApplicationScoped
public class NameService implements Accounts {
    /** Larger than any entry seen; entries of directory services with many members get more, up to the limit. */
    private static final int ENTRY_BYTES = 16 * 1024;

    private static final int ENTRY_LIMIT_BYTES = 4 * 1024 * 1024;
    /** NGROUPS_MAX of linux/limits.h. */
    private static final int GROUPS_LIMIT = 65536;
    /** sizeof struct passwd on 64-bit Linux: name, passwd, uid, gid, gecos, dir, shell. */
    private static final long PASSWD_BYTES = 48;
    /** sizeof struct group on 64-bit Linux: name, passwd, gid, members. */
    private static final long GROUP_BYTES = 32;

    private static final MemoryLayout SIZE = JAVA_LONG;
    private static final MethodHandle GETPWNAM =
            LibC.handle("getpwnam_r", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, SIZE, ADDRESS);
    private static final MethodHandle GETPWUID =
            LibC.handle("getpwuid_r", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, SIZE, ADDRESS);
    private static final MethodHandle GETGRNAM =
            LibC.handle("getgrnam_r", JAVA_INT, ADDRESS, ADDRESS, ADDRESS, SIZE, ADDRESS);
    private static final MethodHandle GETGRGID =
            LibC.handle("getgrgid_r", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, SIZE, ADDRESS);
    private static final MethodHandle GETGROUPLIST =
            LibC.handle("getgrouplist", JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);

    /** One of the *_r functions: the entry, a buffer, its size, where to put the result; 0 or an errno. */
    private interface Lookup {
        int ask(Arena arena, MemorySegment entry, MemorySegment buffer, MemorySegment result) throws Throwable;
    }

    @Override
    public Optional<Account> user(String name) {
        return find(
                PASSWD_BYTES,
                (arena, entry, buffer, result) -> (int) GETPWNAM.invokeExact(
                        LibC.state(arena), arena.allocateFrom(name), entry, buffer, buffer.byteSize(), result),
                NameService::account);
    }

    @Override
    public Optional<Account> user(int uid) {
        return find(
                PASSWD_BYTES,
                (arena, entry, buffer, result) ->
                        (int) GETPWUID.invokeExact(LibC.state(arena), uid, entry, buffer, buffer.byteSize(), result),
                NameService::account);
    }

    @Override
    public Optional<Integer> group(String name) {
        return find(
                GROUP_BYTES,
                (arena, entry, buffer, result) -> (int) GETGRNAM.invokeExact(
                        LibC.state(arena), arena.allocateFrom(name), entry, buffer, buffer.byteSize(), result),
                entry -> entry.get(JAVA_INT, 16));
    }

    @Override
    public Optional<String> groupName(int gid) {
        return find(
                GROUP_BYTES,
                (arena, entry, buffer, result) ->
                        (int) GETGRGID.invokeExact(LibC.state(arena), gid, entry, buffer, buffer.byteSize(), result),
                entry -> text(entry, 0));
    }

    @Override
    public List<Integer> groupsOf(Account account) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(account.name());
            MemorySegment count = arena.allocate(JAVA_INT);
            int room = 64;
            while (true) {
                MemorySegment groups = arena.allocate(JAVA_INT, room);
                count.set(JAVA_INT, 0, room);
                int found = (int) GETGROUPLIST.invokeExact(LibC.state(arena), name, account.gid(), groups, count);
                int needed = count.get(JAVA_INT, 0);
                if (found >= 0) {
                    List<Integer> answer = new ArrayList<>();
                    for (int i = 0; i < needed; i++) {
                        answer.add(groups.getAtIndex(JAVA_INT, i));
                    }
                    return answer;
                }
                room = Math.max(needed, room * 2);
                if (room > GROUPS_LIMIT) {
                    throw new IllegalStateException("the name service lists too many groups for " + account.name());
                }
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw LibC.impossible(e);
        }
    }

    private static <T> Optional<T> find(long entryBytes, Lookup lookup, Function<MemorySegment, T> read) {
        for (int size = ENTRY_BYTES; size <= ENTRY_LIMIT_BYTES; size *= 4) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment entry = arena.allocate(entryBytes, Long.BYTES);
                MemorySegment buffer = arena.allocate(size);
                MemorySegment result = arena.allocate(ADDRESS);
                int errno = lookup.ask(arena, entry, buffer, result);
                if (errno == LibC.ERANGE) {
                    continue;
                }
                return result.get(ADDRESS, 0).address() == 0 ? Optional.empty() : Optional.of(read.apply(entry));
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw LibC.impossible(e);
            }
        }
        throw new IllegalStateException("the name service has an entry of more than " + ENTRY_LIMIT_BYTES + " bytes");
    }

    private static Account account(MemorySegment entry) {
        return new Account(text(entry, 0), entry.get(JAVA_INT, 16), entry.get(JAVA_INT, 20), Path.of(text(entry, 32)));
    }

    @SuppressWarnings("restricted") // the C library says where its text lies, not how long it is
    private static String text(MemorySegment entry, long offset) {
        return entry.get(ADDRESS, offset).reinterpret(Long.MAX_VALUE).getString(0);
    }
}

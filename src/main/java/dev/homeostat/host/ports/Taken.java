package dev.homeostat.host.ports;

import dev.homeostat.resource.HostPort;
import dev.homeostat.resource.HostPort.Protocol;
import dev.homeostat.resource.Trouble;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Ports that somebody else has. Thread-safe. */
public final class Taken {
    /** As the C library words EADDRINUSE, and podman what it finds by itself. */
    private static final Pattern IN_USE = Pattern.compile(
            "address already in use|address in use|port is already allocated", Pattern.CASE_INSENSITIVE);
    /** A port after an address, or by name. */
    private static final Pattern NUMBER = Pattern.compile(
            "(?:[0-9A-Fa-f.*\\]]|localhost):([0-9]{1,5})(?![0-9])(?!:[0-9A-Fa-f:])|port[ =:]+([0-9]{1,5})(?![0-9])");
    /** Those who are told, of many: a range may be taken by one. */
    private static final int TOLD = 5;

    private final PortTable table;

    public Taken(PortTable table) {
        this.table = table;
    }

    /**
     * Refuses what cannot work.
     *
     * @param own those who are meant to have them
     * @throws Trouble a conflict that names who has them
     */
    public void refuse(Collection<HostPort> wanted, Predicate<Holder> own) throws Trouble {
        if (wanted.isEmpty()) {
            return;
        }
        List<Holder> others =
                table.holders(wanted).stream().filter(own.negate()).toList();
        if (!others.isEmpty()) {
            throw conflict(wanted, others);
        }
    }

    /**
     * What a start that failed is due to.
     *
     * @param lines what was written meanwhile
     * @param wanted besides the ports that are named there
     * @param own those who are meant to have them
     * @return a conflict that names who has a port, if the lines say that one was in use and somebody still has it
     */
    public Optional<Trouble> cause(Collection<String> lines, Collection<HostPort> wanted, Predicate<Holder> own) {
        List<String> saying =
                lines.stream().filter(line -> IN_USE.matcher(line).find()).toList();
        if (saying.isEmpty()) {
            return Optional.empty();
        }
        SortedSet<HostPort> ports = new TreeSet<>(wanted);
        saying.forEach(line -> ports.addAll(named(line)));
        try {
            refuse(ports, own);
            return Optional.empty();
        } catch (Trouble conflict) {
            return Optional.of(conflict);
        }
    }

    static List<HostPort> named(String line) {
        List<HostPort> ports = new ArrayList<>();
        for (Matcher m = NUMBER.matcher(line); m.find(); ) {
            int number = Integer.parseInt(m.group(1) != null ? m.group(1) : m.group(2));
            if (number >= 1 && number <= 65_535) {
                ports.add(new HostPort("", number, Protocol.TCP));
                ports.add(new HostPort("", number, Protocol.UDP));
            }
        }
        return ports;
    }

    private static Trouble conflict(Collection<HostPort> wanted, List<Holder> others) {
        String told = others.stream()
                .limit(TOLD)
                .map(holder -> "port " + meant(wanted, holder) + " is taken by " + holder.words())
                .distinct()
                .collect(Collectors.joining("; "));
        int more = others.size() - TOLD;
        return Trouble.conflict(
                told + (more > 0 ? "; and " + more + " more" : ""), "stop that, or declare another port");
    }

    /** As it is wanted, and, where that is another address, as it is taken. */
    private static String meant(Collection<HostPort> wanted, Holder holder) {
        HostPort port =
                wanted.stream().filter(holder.port()::overlaps).findFirst().orElse(holder.port());
        return port.equals(holder.port()) || port.address().isEmpty()
                ? holder.port().toString()
                : port.toString();
    }
}

package dev.homeostat.control.console.first;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.homeostat.host.facts.Hardware;
import dev.homeostat.host.facts.Identity;
import dev.homeostat.host.facts.Identity.Person;
import dev.homeostat.host.facts.Machine;
import dev.homeostat.resource.Inventory;
import dev.homeostat.resource.Problem;
import dev.homeostat.resource.ResourceId;
import dev.homeostat.resource.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The text of a first machine.yaml. In force is only what the machine is already; all else stands as a comment, with the reason. */
public final class FirstFile {
    /** Of a machine that is no NixOS yet: what it would be installed with. */
    private static final String NEWEST_RELEASE = "25.11";

    private static final Set<String> SHELLS = Set.of("bash", "zsh", "fish");
    private static final int PERCENT = 100;

    private static final Map<String, String> ABOUT = Map.of(
            "services",
            "Units whose files the owner wrote. What is in the files stays the owner's: only whether the units run and come"
                    + " up with the machine is kept.",
            "containers",
            "Containers that run. Homeostat keeps those that it made; one that somebody else made is never touched, and"
                    + " stands here as a comment. To hand it over: save what it wrote outside its volumes and folders (podman"
                    + " diff NAME shows it, and it is lost with the container), remove the container (podman rm; named"
                    + " volumes stay), and take away the # before its lines. It is then made anew.");

    private FirstFile() {}

    /**
     * Writes it.
     *
     * @param reasons why entries stand as comments; all others are in force
     * @param validate what is wrong with a declaration
     */
    public static String of(
            Findings findings, Map<ResourceId, String> reasons, Function<byte[], List<Problem>> validate) {
        DraftText text = new DraftText();
        text.prose("Written by homeostat init from what was found on this machine. In force is what the machine is"
                + " already, so that a first `homeostat plan` has nothing to do for it. All else stands as a comment with the"
                + " reason: to put an entry in force, take away the # at the beginning of its lines. What is not named here is"
                + " left alone.");
        text.line("version: 1").blank();
        text.key(0, "policy");
        text.line("  apply: ask # an edit waits for `homeostat apply`; auto: it is followed at once");
        text.line("  removal: ask # what leaves this file waits for `homeostat approve`");
        if (!findings.unseen().isEmpty()) {
            text.blank().prose(findings.unseen());
        }
        system(findings, text, validate);
        parts(findings, reasons, text);
        return text.toString();
    }

    // ---- sections

    private static void parts(Findings findings, Map<ResourceId, String> reasons, DraftText text) {
        boolean users = false;
        String user = "";
        for (Findings.Part part : findings.parts()) {
            Scope scope = part.scope();
            text.blank();
            if (!scope.isOwn() && !users) {
                text.prose("What belongs to users whose services run without a login.")
                        .key(0, "users");
                users = true;
            }
            if (!scope.user().equals(user)) {
                text.key(1, scope.user());
                user = scope.user();
            }
            int depth = scope.isOwn() ? 0 : 2;
            text.prose(ABOUT.getOrDefault(part.section(), "")).key(depth, part.section());
            for (Inventory.Found found : part.found()) {
                String reason = reasons.get(part.id(found));
                if (reason != null) {
                    text.prose(found.name() + ": " + reason);
                }
                text.prose(found.remarks());
                ObjectNode entry = JsonNodeFactory.instance.objectNode();
                entry.set(found.name(), found.entry());
                text.entry(depth + 1, entry, reason == null);
            }
        }
    }

    // ---- the system

    private static void system(Findings findings, DraftText text, Function<byte[], List<Problem>> validate) {
        List<String> remarks = new ArrayList<>();
        Identity identity = findings.identity();
        Machine machine = findings.machine();
        boolean nixos = machine.os().id().equals("nixos");
        ObjectNode system = JsonNodeFactory.instance.objectNode();
        host(identity, machine, nixos, system, remarks);
        user(identity, system, remarks);
        hardware(findings, system, remarks);
        memory(findings, system, remarks);
        Accepted.settle(system, validate).forEach((key, why) -> remarks.add(key + " is left out: " + why));
        text.blank();
        text.prose(
                "The NixOS system. It stands as a comment because these keys make Homeostat build the system from this"
                        + " file, and put it in force instead of the one that runs: look at `homeostat plan` first."
                        + (nixos
                                ? ""
                                : " This machine is no NixOS (" + machine.os().id()
                                        + machine.os()
                                                .version()
                                                .map(v -> " " + v)
                                                .orElse("") + ")."));
        if (identity.flake()) {
            text.prose("The flake at /etc/nixos stays the owner's with this one line instead, NAME being one of its"
                    + " nixosConfigurations: nixos: {from: \"path:/etc/nixos#NAME\"}");
        }
        text.prose(remarks);
        if (!system.isEmpty()) {
            text.entry(0, system, false);
        }
    }

    private static void host(
            Identity identity, Machine machine, boolean nixos, ObjectNode system, List<String> remarks) {
        ObjectNode host = system.putObject("host");
        identity.hostName().ifPresent(name -> host.put("name", name.split("\\.", -1)[0]));
        identity.timeZone().ifPresent(zone -> host.put("timeZone", zone));
        identity.locale().ifPresent(locale -> host.put("locale", locale));
        if (identity.stateVersion().isPresent()) {
            host.put("stateVersion", identity.stateVersion().get());
        } else {
            String release = nixos ? machine.os().version().orElse(NEWEST_RELEASE) : NEWEST_RELEASE;
            host.put("stateVersion", release);
            remarks.add("host.stateVersion is not sure: no configuration below /etc/nixos says it. " + release + " is "
                    + (nixos ? "the release that runs now, which need not be the first one." : "the newest one."));
        }
    }

    private static void user(Identity identity, ObjectNode system, List<String> remarks) {
        if (identity.people().isEmpty()) {
            remarks.add("No user with a login shell was found.");
            return;
        }
        Person person = identity.people().getFirst();
        ObjectNode user = system.putObject("user");
        user.put("name", person.name());
        person.description().ifPresent(description -> user.put("description", description));
        if (SHELLS.contains(person.shell())) {
            user.put("shell", person.shell());
        } else {
            remarks.add("user.shell is left out: " + person.shell() + " is none of bash, zsh and fish.");
        }
        if (person.gitName().isPresent() && person.gitEmail().isPresent()) {
            ObjectNode git = user.putObject("git");
            git.put("name", person.gitName().get());
            git.put("email", person.gitEmail().get());
        } else {
            remarks.add("user.git is left out: " + person.name() + "'s git does not say name and address.");
        }
        if (identity.people().size() > 1) {
            remarks.add("user is one person; others found: "
                    + identity.people().stream().skip(1).map(Person::name).collect(Collectors.joining(", ")) + ".");
        }
    }

    private static void hardware(Findings findings, ObjectNode system, List<String> remarks) {
        system.putObject("hardware").put("gpu", "auto");
        List<Hardware.Display> displays = findings.hardware().displays();
        remarks.add("hardware.gpu: "
                + (displays.isEmpty()
                        ? "no display controller was found."
                        : displays.stream()
                                .map(d -> d.maker().label() + " at " + d.slot()
                                        + d.driver()
                                                .map(driver -> " driven by " + driver)
                                                .orElse(" without a driver"))
                                .collect(Collectors.joining(", ", "found ", "."))));
    }

    private static void memory(Findings findings, ObjectNode system, List<String> remarks) {
        Hardware hardware = findings.hardware();
        ObjectNode memory = JsonNodeFactory.instance.objectNode();
        long zramBytes =
                hardware.zrams().stream().mapToLong(Hardware.Zram::sizeBytes).sum();
        boolean zswap = hardware.zswap().filter(Hardware.Zswap::enabled).isPresent();
        if (zramBytes > 0) {
            memory.put(
                    "zram", Math.clamp(zramBytes * PERCENT / findings.machine().ramBytes(), 1, PERCENT));
            if (zswap) {
                remarks.add("memory.zswap is left out: it is on, but not together with zram.");
            }
        } else if (zswap) {
            memory.put("zswap", hardware.zswap().get().maxPoolPercent());
        }
        hardware.swaps().stream()
                .filter(s -> s.type().equals("file"))
                .findFirst()
                .ifPresent(file -> {
                    ObjectNode swap = memory.putObject("swap");
                    swap.put("path", file.path());
                    swap.put("size", (file.sizeBytes() >> 20) + 1 + "M"); // the kernel counts without the first page
                });
        hardware.swaps().stream()
                .filter(s -> s.type().equals("partition") && !s.path().startsWith("/dev/zram"))
                .forEach(
                        s -> remarks.add("The swap partition " + s.path() + " is left to the hardware configuration."));
        if (!memory.isEmpty()) {
            system.set("memory", memory);
        }
    }
}

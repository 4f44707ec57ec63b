# /usr/share/perl5/NeedRestart/Interp/Suture.pm: what needrestart cannot see by itself.
#
# A process that maps a library's former file beneath a graft shows neither a deleted file nor another inode, so that
# needrestart finds nothing obsolete in it. Suture knows by the file's identity: whom it calls exposed or pending, needrestart
# lists and restarts like any other, by its own settings.

package NeedRestart::Interp::Suture;

use strict;
use warnings;

use parent qw(NeedRestart::Interp);
use JSON::PP qw(decode_json);
use NeedRestart qw(:interp);

# Past its prototype: needrestart 3.6 takes one word, 3.11 a second for settings.
&needrestart_interp_register(__PACKAGE__, 'suture');

# The mapped file by process, asked once; none where sutured does not answer.
my $exposed;

sub exposed {
    return $exposed if(defined($exposed));
    $exposed = {};
    return $exposed unless(-x '/usr/bin/suture');
    open(my $status, '-|', 'timeout 20 /usr/bin/suture status --json 2>/dev/null') || return $exposed;
    my $text = do { local $/; <$status> };
    close($status);
    my $report = eval { decode_json($text) } || return $exposed;
    foreach my $component (@{$report->{components} || []}) {
        foreach my $process (@{$component->{processes} || []}) {
            next unless($process->{exposure} eq 'exposed' || $process->{exposure} eq 'pending');
            $exposed->{$process->{pid}} = $process->{mapped};
        }
    }
    return $exposed;
}

sub isa {
    my ($self, $pid, $bin) = @_;

    return exists(exposed()->{$pid}) ? 1 : 0;
}

# A file without a time counts as obsolete.
sub files {
    my ($self, $pid, $cache) = @_;

    return (exposed()->{$pid} => undef);
}

1;

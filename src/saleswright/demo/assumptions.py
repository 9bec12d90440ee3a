"""Everything the demo company takes for granted: its segments, win rates, cycles, seasons and planted events."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """One customer segment; the cycle is created to decided, in days, the amount a first deal in USD."""

    name: str
    cycle: float
    amount: float
    share: float
    share_late: float
    employees: tuple[int, int]
    follow_up: int


ENTERPRISE = Segment("Enterprise", 114, 60_000, 0.18, 0.45, (2_000, 40_000), 16)
MID_MARKET = Segment("Mid-market", 67, 18_000, 0.36, 0.26, (200, 1_999), 11)
SMALL_BUSINESS = Segment("Small business", 39, 5_200, 0.46, 0.29, (8, 199), 8)
SEGMENTS = {s.name: s for s in (ENTERPRISE, MID_MARKET, SMALL_BUSINESS)}

NEW, EXPANSION, RENEWAL, SERVICES = "New Business", "Expansion", "Renewal", "Services"
KIND_SHARE = {NEW: 0.55, EXPANSION: 0.20, RENEWAL: 0.12, SERVICES: 0.13}
KIND_CYCLE = {NEW: 1.0, EXPANSION: 0.85, RENEWAL: 0.9, SERVICES: 0.8}
KIND_AMOUNT = {NEW: 1.0, EXPANSION: 0.45, RENEWAL: 0.95, SERVICES: 0.3}

# Wins of the decided (won or lost) deals; disqualified deals are never decided.
WIN_RATE = {
    ENTERPRISE.name: {NEW: 0.16, EXPANSION: 0.28, RENEWAL: 0.78, SERVICES: 0.30},
    MID_MARKET.name: {NEW: 0.29, EXPANSION: 0.40, RENEWAL: 0.82, SERVICES: 0.42},
    SMALL_BUSINESS.name: {NEW: 0.44, EXPANSION: 0.52, RENEWAL: 0.85, SERVICES: 0.55},
}
CYCLE_SPREAD = 0.45  # standard deviation of the logarithm of the cycle
CYCLE_CAP = 4.2  # no decided deal is older than this many median cycles
P95_OF_MEDIAN = 2.1  # exp(1.645 * CYCLE_SPREAD)

PROSPECTING, QUALIFICATION, DISCOVERY = "Prospecting", "Qualification", "Discovery"
PROPOSAL, NEGOTIATION = "Proposal", "Negotiation"
WON, LOST, DISQUALIFIED = "Closed Won", "Closed Lost", "Disqualified"
OPEN_STAGES = (PROSPECTING, QUALIFICATION, DISCOVERY, PROPOSAL, NEGOTIATION)
PIPELINE, BEST_CASE, COMMIT, OMITTED, CLOSED = "Pipeline", "Best Case", "Commit", "Omitted", "Closed"

TEAMS = {"Team North": 7, "Team South": 7, "Team East": 7, "Team West": 7, "Team EMEA": 6, "Team APAC": 6}
CHANNELS = ("Paid Search", "Events", "Webinars", "Content", "Partner", "Outbound")
REFERRAL = "Referral"
SOURCE_SHARE = {
    "Paid Search": 0.2, "Events": 0.12, "Webinars": 0.13, "Content": 0.2, "Partner": 0.1, "Outbound": 0.17,
    REFERRAL: 0.08,
}  # fmt: skip
SOURCE_LIFT = {
    "Paid Search": 0.9, "Events": 1.0, "Webinars": 1.0, "Content": 1.05, "Partner": 1.15, "Outbound": 0.8,
    REFERRAL: 1.35,
}  # fmt: skip
LOSS_REASONS = ("Price", "Competitor", "No decision", "Missing feature", "Timing", "Budget cut")
COMPETITORS = ("Quillmont", "Tessavar", "Orbelane")

DEALS_PER_MONTH = 428
GROWTH_PER_MONTH = 3
# January to December: fewer new deals in high summer and over the year's end.
SEASON = (0.97, 1.03, 1.06, 1.0, 1.02, 1.02, 0.92, 0.88, 1.06, 1.08, 1.04, 0.92)
MONTHS_BEFORE = 9  # deals opened so long before the window and still undecided at its start are part of it
DISQUALIFIED_SHARE = 0.2  # of the deals that begin in Prospecting
DARK_SHARE = 0.05  # deals that stop moving, and are lost when somebody tidies up
QUARTER_END_PULL = 0.3  # share of the decisions near a quarter end that are brought into its last week
OWNER_CHANGE_SHARE = 0.05

REORGANISATION_MONTH = 15
REORGANISATION = (
    ("Team North", "Team South"), ("Team North", "Team East"), ("Team South", "Team West"), ("Team East", "Team North"),
    ("Team East", "Team West"), ("Team West", "Team EMEA"), ("Team EMEA", "Team South"), ("Team APAC", "Team North"),
)  # fmt: skip
BAD_MONTH = 20
BAD_MONTH_FACTOR = 0.6
MIX_SHIFT_MONTHS = 6
LATE_LIFT = 0.004  # since the mix shifted every segment wins a little more, and the whole still wins less
DUPLICATE_ACCOUNTS = 80
DUPLICATE_LEADS = 120
ZOMBIES = 60
ZOMBIE_AGE = 3.0  # in P95 cycles
SLIP_SHARE = 0.6  # of the commits still open at the quarter end they promised, the share nobody pushes in time
